import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import type { NumberedReport, Settled } from './reporter.js'
import { keys, markOf, type PaperStore, type Row } from './store.js'

/**
 * Where reports go that are done with. One that was taken is forgotten. One that was refused for good is kept under
 * `refused/<portfolio>/<number>` with the refusal, for a person to look at; nothing reads it again.
 * Losing such a write in a crash only sends the report once more.
 */
export class ReportShelf implements Settled {
  #refused = 0

  constructor(
    readonly store: PaperStore,
    readonly clock: Clock,
    readonly log: Log,
  ) {
    for (const _ of store.range('refused/')) this.#refused += 1
  }

  /** How many reports were refused for good since the store was made. */
  get refused(): number {
    return this.#refused
  }

  /** Forgets a report. */
  taken(portfolio: PortfolioId, number: number): void {
    this.#write([{ key: keys.report(portfolio, markOf(number)), value: undefined }])
  }

  /** Sets a report aside. */
  setAside(portfolio: PortfolioId, { number, report }: NumberedReport, { code, message }: Fault): void {
    this.#refused += 1
    this.log.error({ portfolio, report: number, code, error: message }, 'report refused for good and set aside')
    const mark = markOf(number)
    this.#write([
      { key: keys.report(portfolio, mark), value: undefined },
      { key: keys.refused(portfolio, mark), value: { report, code, message, at: this.clock.now() } },
    ])
  }

  #write(rows: readonly Row[]): void {
    this.store
      .write(rows)
      .catch((error: unknown) => this.log.error({ error: String(error) }, 'paper venue could not forget a report'))
  }
}

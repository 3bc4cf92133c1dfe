import type { PortfolioFact } from '#domain/portfolio/event.js'
import { isVolatilityNews, type VolatilityReading, type VolatilitySource } from '#domain/volatility/standing.js'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { PortfolioId } from '#units/ids.js'
import type { Host } from './host.js'
import { tell } from './tell.js'

/** What readings of volatility are made of and where they go. */
export interface VolatilityPorts {
  readonly host: Pick<Host, 'snapshot' | 'deliver'>
  readonly clock: Clock
  readonly log?: Log
  /** Readings in a file by its name in a policy, oldest first; absent where no file can be read. */
  readonly volatility?: (file: string) => readonly VolatilityReading[]
}

/** Takes readings of volatility to the portfolios that ask: those of files by the time they are of, those of a channel as they come. */
export class Volatilities {
  /** Why a file cannot be read, as it was said in the log: each reason once. */
  readonly #said = new Map<string, string>()

  constructor(private readonly ports: VolatilityPorts) {}

  /** Looks at the newest reading of each file that is not of a time to come; resolves once what is news is on disk. */
  async look(portfolios: readonly PortfolioId[]): Promise<void> {
    const files = new Map<string, PortfolioId[]>()
    for (const portfolio of portfolios) {
      const from = this.#policy(portfolio)?.from
      if (from?.source !== 'file') continue
      const asking = files.get(from.file)
      if (asking === undefined) files.set(from.file, [portfolio])
      else asking.push(portfolio)
    }
    const told = [...files].flatMap(([file, asking]) => {
      const reading = this.#newest(file)
      return reading === undefined ? [] : asking.map((portfolio) => this.#read(portfolio, 'file', reading))
    })
    await Promise.all(told)
  }

  /** A reading came on a channel: for each portfolio that listens to it. Resolves once it is on disk where it is news. */
  async heard(channel: string, reading: VolatilityReading, portfolios: readonly PortfolioId[]): Promise<void> {
    const listening = portfolios.filter((portfolio) => {
      const from = this.#policy(portfolio)?.from
      return from?.source === 'bus' && from.channel === channel
    })
    await Promise.all(listening.map((portfolio) => this.#read(portfolio, 'bus', reading)))
  }

  #policy(portfolio: PortfolioId) {
    return this.ports.host.snapshot(portfolio)?.context.policy.volatility
  }

  /** A file that cannot be read is no reading: the last one stays, and grows old. */
  #newest(file: string): VolatilityReading | undefined {
    const { clock, log, volatility } = this.ports
    try {
      const [now, readings] = [clock.now(), volatility?.(file) ?? []]
      this.#said.delete(file)
      let [low, high] = [0, readings.length]
      while (low < high) {
        const middle = (low + high) >> 1
        if (readings[middle]!.at <= now) low = middle + 1
        else high = middle
      }
      return readings[low - 1]
    } catch (error) {
      const why = String(error)
      if (this.#said.get(file) !== why) log?.warn({ file, error: why }, 'a file of volatility cannot be read')
      this.#said.set(file, why)
      return undefined
    }
  }

  async #read(portfolio: PortfolioId, source: VolatilitySource, reading: VolatilityReading): Promise<void> {
    const { policy, volatility } = this.ports.host.snapshot(portfolio)!.context
    if (policy.volatility === undefined) return
    if (!isVolatilityNews(volatility, { ...reading, source }, policy.volatility)) return
    const fact: PortfolioFact = { type: 'volatilityRead', source, reading }
    await tell(this.ports.host, portfolio, fact, `volatility ${source}`)
  }
}

import type { Clock } from '#ports/clock.js'
import type { Commit } from '#ports/journal.js'
import type { PortfolioId } from '#units/ids.js'
import type { Instant } from '#units/time.js'

/** Arms the journaled deadlines on the clock; the rows on disk are the truth, this is only the alarm. */
export class Timers {
  readonly #armed = new Map<string, () => void>()

  constructor(
    private readonly clock: Clock,
    private readonly fire: (portfolio: PortfolioId, timer: string) => void,
  ) {}

  /** Follows what a step scheduled and called off. */
  follow(portfolio: PortfolioId, commit: Pick<Commit, 'timersPut' | 'timersRemove'>): void {
    for (const timer of commit.timersRemove) this.#disarm(portfolio, timer)
    for (const { timer, at } of commit.timersPut) this.arm(portfolio, timer, at)
  }

  /** Arms one deadline, replacing an earlier one of the same name. */
  arm(portfolio: PortfolioId, timer: string, at: Instant): void {
    this.#disarm(portfolio, timer)
    const key = `${portfolio} ${timer}`
    const off = this.clock.wake(at, () => {
      this.#armed.delete(key)
      this.fire(portfolio, timer)
    })
    this.#armed.set(key, off)
  }

  /** Disarms all; the rows stay on disk. */
  stop(): void {
    for (const off of this.#armed.values()) off()
    this.#armed.clear()
  }

  #disarm(portfolio: PortfolioId, timer: string): void {
    const key = `${portfolio} ${timer}`
    this.#armed.get(key)?.()
    this.#armed.delete(key)
  }
}

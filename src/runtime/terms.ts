import { standingOf } from '#domain/permission/restraint.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Clock } from '#ports/clock.js'
import type { Gateway, TermLevel, TradingTerms } from '#ports/gateway.js'
import type { Log } from '#ports/log.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { later } from '#units/time.js'
import type { Staged } from './actor.js'

/** First and longest pause before a gateway that did not answer is told again, milliseconds. */
const PAUSE_MS = { first: 500, last: 30_000 } as const

/** What a portfolio's gateway may take while its journal stands at `seq`. */
export function termsOf({ value, context }: PortfolioSnapshot, seq: number): TradingTerms {
  const { trading, reason } = standingOf(value.permission, context)
  const level: TermLevel = trading === 'paused' ? 'active' : trading
  const instruments: Record<InstrumentId, 'reducing' | 'halted'> = {}
  for (const { scope, to } of Object.values(context.restraints ?? {}))
    if (scope.kind === 'instrument' && instruments[scope.instrument] !== 'halted') instruments[scope.instrument] = to
  return { level, instruments, reason, seq }
}

interface TermsPorts {
  readonly gateway: Pick<Gateway, 'restrain'>
  readonly clock: Clock
  readonly log: Log
}

/**
 * Keeps gateways to what journals permit: whenever a step on disk changed that, the gateway is told until it has taken
 * it. A second line behind the look before an order leaves: what is on its way already is refused there. What a process
 * did not get told before it ended, the next take-over tells.
 */
export class TermsTeller {
  readonly #latest = new Map<PortfolioId, { readonly terms: TradingTerms; readonly epoch: number }>()
  readonly #wakes = new Map<PortfolioId, () => void>()
  #open = 0
  #stopped = false

  constructor(private readonly ports: TermsPorts) {}

  /** True while no gateway is being told anything. */
  idle(): boolean {
    return this.#open === 0
  }

  /** Tells the gateway when a step changed what it may take. */
  follow(staged: Staged): void {
    const { before, after, entry } = staged
    const { type } = entry.event
    if (before === null || (before.value.permission === after.value.permission && type !== 'restrained')) return
    if (encode(termsOf(before, entry.seq)) === encode(termsOf(after, entry.seq))) return
    this.say(staged)
  }

  /** Tells the gateway what it may take since this step, changed or not. */
  say({ portfolio, after, entry }: Staged): void {
    this.#latest.set(portfolio, { terms: termsOf(after, entry.seq), epoch: entry.epoch })
    this.#tell(portfolio, PAUSE_MS.first)
  }

  /** Tells nobody any more. */
  stop(): void {
    this.#stopped = true
    for (const off of this.#wakes.values()) off()
  }

  #tell(portfolio: PortfolioId, pauseMs: number): void {
    this.#wakes.get(portfolio)?.()
    this.#wakes.delete(portfolio)
    const told = this.#latest.get(portfolio)
    if (told === undefined || this.#stopped) return
    const { gateway, clock, log } = this.ports
    this.#open += 1
    gateway
      .restrain(portfolio, told.terms, told.epoch)
      .catch((error: unknown) => {
        if (error instanceof Fault && error.code === 'STALE_EPOCH') return // its new owner speaks for it
        log.warn(
          { portfolio, level: told.terms.level, error: String(error) },
          'the gateway was not told what it may take',
        )
        if (this.#stopped || this.#latest.get(portfolio) !== told) return
        const next = Math.min(pauseMs * 2, PAUSE_MS.last)
        this.#wakes.set(
          portfolio,
          clock.wake(later(clock.now(), pauseMs), () => this.#tell(portfolio, next)),
        )
      })
      .finally(() => {
        this.#open -= 1
      })
  }
}

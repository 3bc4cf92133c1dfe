import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { RegimeReading } from '#domain/regime/multiplier.js'
import { DETECTOR_SESSIONS, detectorReading } from '#domain/regime/reading.js'
import { isNews, NO_REGIME, type RegimeSource } from '#domain/regime/standing.js'
import type { Market } from '#ports/market.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import type { Staged } from './actor.js'
import type { Origin } from './record.js'
import { tell } from './tell.js'
import { Volatilities, type VolatilityPorts } from './volatilities.js'

/** What readings are made of and where they go. */
export interface RegimesPorts extends VolatilityPorts {
  readonly market: Market
}

/** What a person says of the kind of market. */
export type RegimeWish = Omit<Extract<PortfolioFact, { type: 'regimeSet' }>, 'type'>

/**
 * Takes readings of the kind of market to the portfolios that ask for them: those of the built-in detector, made once for each new
 * session and instrument, and those heard on a channel. What is no news is not journaled.
 */
export class Regimes {
  /** The newest session each portfolio's detector has spoken of. */
  readonly #looked = new Map<PortfolioId, Instant>()
  #readings: { readonly at: Instant; readonly of: Map<InstrumentId, RegimeReading | null> } | null = null

  /** Readings of volatility, which size weights beside the regime. */
  readonly volatility: Volatilities

  constructor(private readonly ports: RegimesPorts) {
    this.volatility = new Volatilities(ports)
  }

  /** Looks at the newest session for portfolios whose detector has not seen it; resolves once what is new is on disk. */
  async look(portfolios: readonly PortfolioId[]): Promise<void> {
    await this.volatility.look(portfolios)
    const newest = this.ports.market.sessions(this.ports.clock.now(), 1)[0]?.at
    if (newest === undefined) return
    const asking = portfolios.filter((portfolio) => this.#looked.get(portfolio) !== newest)
    await Promise.all(
      asking.map(async (portfolio) => {
        const from = this.ports.host.snapshot(portfolio)?.context.policy.regime?.from
        const reading = from?.source === 'detector' ? this.#detect(from.instrument, newest) : null
        if (reading !== null) await this.#read(portfolio, 'detector', reading)
        this.#looked.set(portfolio, newest)
      }),
    )
  }

  /** A reading came on a channel: for each portfolio that listens to it. Resolves once it is on disk where it is news. */
  async heard(channel: string, reading: RegimeReading, portfolios: readonly PortfolioId[]): Promise<void> {
    const listening = portfolios.filter((portfolio) => {
      const from = this.ports.host.snapshot(portfolio)?.context.policy.regime?.from
      return from?.source === 'bus' && from.channel === channel
    })
    await Promise.all(listening.map((portfolio) => this.#read(portfolio, 'bus', reading)))
  }

  /** Takes a person's word in place of a detector's, until a time, or (null) takes it back. A request's key goes into the inbox. */
  set(portfolio: PortfolioId, wish: RegimeWish, inbox: Origin['inbox'] = null): Promise<Staged> {
    const cause = `regime ${wish.actor}${inbox === null ? '' : ` ${inbox.key}`}`
    return this.ports.host.deliver(portfolio, { type: 'regimeSet', ...wish }, cause, { answers: [], inbox })
  }

  /** The instant a person's word is taken at. */
  get now(): Instant {
    return this.ports.clock.now()
  }

  async #read(portfolio: PortfolioId, source: RegimeSource, reading: RegimeReading): Promise<void> {
    const { policy, regime } = this.ports.host.snapshot(portfolio)!.context
    if (policy.regime === undefined || !isNews(regime ?? NO_REGIME, { ...reading, source }, policy.regime)) return
    const fact: PortfolioFact = { type: 'regimeRead', source, reading }
    await tell(this.ports.host, portfolio, fact, `regime ${source}`)
  }

  #detect(instrument: InstrumentId, newest: Instant): RegimeReading | null {
    if (this.#readings?.at !== newest) this.#readings = { at: newest, of: new Map() }
    const known = this.#readings.of.get(instrument)
    if (known !== undefined) return known
    const { market, clock } = this.ports
    const now = clock.now()
    const found = detectorReading(market.sessions(now, DETECTOR_SESSIONS), instrument, market.view(now).barSize)
    this.#readings.of.set(instrument, found)
    return found
  }
}

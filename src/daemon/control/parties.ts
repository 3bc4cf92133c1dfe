import { setTimeout as pause } from 'node:timers/promises'
import type { ExchangeObserver } from '#adapters/wire/exchange.js'
import { trafficClass } from '#adapters/wire/subjects.js'
import type { Bus } from '#ports/bus.js'
import type { Gateway } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { Engine } from '#runtime/engine.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import type { Health } from '../http.js'
import type { Sight } from '../queries/sight.js'
import type { Reloader } from '../reload/reload.js'
import type { AuthorityParts } from './authority.js'

/** What control commands are carried out with. */
export interface ControlParts {
  readonly bus: Bus
  readonly engine: Pick<
    Engine,
    | 'host'
    | 'portfolios'
    | 'waiting'
    | 'permit'
    | 'restrain'
    | 'deposit'
    | 'rebalance'
    | 'decide'
    | 'mayDecide'
    | 'heldBack'
    | 'adjustment'
    | 'adjust'
    | 'regimes'
  >
  readonly journal: Journal
  readonly sight: Sight
  readonly health: Health
  readonly gateway: Pick<Gateway, 'query' | 'executions' | 'holdings'>
  /** Reads the configuration again. @throws Fault `CONFIG_INVALID` and others. */
  readonly reload: Reloader['reload']
  readonly metrics: Metrics
  readonly log: Log
  /** Looks for the kill file: its reason, null when it is not there. */
  readonly killed?: () => string | null
  /** Whose commands are believed; without it everybody's whom the bus lets in. */
  readonly authority?: Partial<AuthorityParts>
  /** Milliseconds between the two looks of a comparison with the gateway; default 250. */
  readonly settleMs?: number
  /** Waits so many milliseconds; default: in real time. */
  readonly rest?: (ms: number) => Promise<unknown>
}

/** How the two looks of a comparison are kept apart. */
export type Settling = Pick<ControlParts, 'settleMs' | 'rest'>

/** Milliseconds a fill on its way has to arrive before a difference counts. */
const SETTLE_MS = 250

/** Waits as long as a fill on its way may need. */
export const settled =
  ({ settleMs = SETTLE_MS, rest = pause }: Settling) =>
  async (): Promise<void> =>
    void (await rest(settleMs))

/** Counts what could not be understood. */
export const observerOf = (metrics: Metrics): ExchangeObserver => ({
  invalid: (subject) => metrics.count('ballast_nats_invalid_messages_total', { class: trafficClass(subject) }),
})

/** Who asks, why, and under which id. */
export interface Signed {
  readonly request_id: string
  readonly actor: string
  readonly reason: string
  readonly dry_run: boolean
}

/** The id of a portfolio this daemon runs. @throws Fault `PORTFOLIO_UNKNOWN` naming those it runs. */
export function managed({ engine }: { readonly engine: Pick<Engine, 'portfolios'> }, name: string): PortfolioId {
  const found = engine.portfolios.find((id) => id === name)
  if (found !== undefined) return found
  throw new Fault(
    'PORTFOLIO_UNKNOWN',
    `this daemon runs no portfolio called ${name}; it runs ${engine.portfolios.join(', ') || 'none'}`,
    'never',
  )
}

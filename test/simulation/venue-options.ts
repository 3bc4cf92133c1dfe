import type { Bust, Execution } from '#domain/book/events.js'
import type { GatewaySupport } from '#domain/gateway-support.js'
import type { Clock } from '#ports/clock.js'
import type { OrderId, PortfolioId } from '#units/ids.js'
import type { Exchange } from './exchange.js'
import type { Fate } from './fate.js'
import type { Layers } from './layers.js'

/** What a simulated venue is made of. */
export interface SimulatedVenueOptions {
  /** What is true at the exchange; it outlives the gateway's process. */
  readonly exchange: Exchange
  readonly clock: Clock
  /** What becomes of an order; the same for the same order. */
  readonly fate: (order: { readonly id: OrderId }) => Fate
  /** Lets something happen as soon as possible, never inline. */
  readonly soon: (run: () => void) => void
  /** How long an answer takes. */
  readonly answers: () => Promise<void>
  readonly layers?: Layers
  /** What the gateway says it promises; it keeps to that. Default: everything. */
  readonly supports?: GatewaySupport
  /** Told of every execution; answers its taking-back when that is to be told ahead of it. */
  readonly onTrade?: (portfolio: PortfolioId, execution: Execution) => Bust | null
}

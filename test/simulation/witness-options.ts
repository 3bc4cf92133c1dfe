import type { GatewaySupport } from '#domain/gateway-support.js'
import type { OrderId, PortfolioId } from '#units/ids.js'
import type { Exchange } from './exchange.js'

/** An invariant that did not hold. */
export interface Violation {
  readonly invariant: string
  /** Simulated milliseconds since the history began. */
  readonly at: number
  readonly what: string
}

/** What the witness sees the world through. */
export interface WitnessOptions {
  readonly now: () => number
  /** Longest from a decision to the moment its order leaves: the time of a few commits. */
  readonly commitMs: number
  /** What the daemon's own clock shows. */
  readonly clock: () => number
  readonly exchange: () => Exchange
  /** What the kill file says. */
  readonly killed: () => string | null
  /** What the gateway says it promises. */
  readonly supports: GatewaySupport
  /** The broker may fill after a cancel: then two orders of a leg may trade at once. */
  readonly faithless: boolean
  /** Portfolios that may sell short. */
  readonly shorts: (portfolio: PortfolioId) => boolean
  readonly trace: (line: () => string) => void
}

/** What the witness reads of a request to submit an order. */
export interface Submit {
  readonly portfolio: PortfolioId
  readonly client_order_id: OrderId
  readonly body_hash: string
  readonly not_after: string
}

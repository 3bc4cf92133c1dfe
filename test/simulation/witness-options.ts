import type { GatewaySupport } from '#domain/gateway-support.js'
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
  readonly trace: (line: () => string) => void
}

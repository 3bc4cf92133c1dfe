import { FULL_SUPPORT, type GatewaySupport } from '#domain/gateway-support.js'
import { Chance } from './chance.js'

/**
 * What protects the fund at the venue's side, and the daemon's own habit of comparing; each may be taken away, undeclared, to
 * see what the others catch.
 */
export interface Layers {
  /** An id is accepted once. */
  readonly idempotent: boolean
  /** A promise never to accept an id is kept. */
  readonly tombstones: boolean
  /** Epochs below the highest seen are refused. */
  readonly fencing: boolean
  /** What a daemon had not taken when it died is told to the next one. */
  readonly replays: boolean
  /** The books are compared with the gateway all the while, not only at a take-over and when somebody asks. */
  readonly comparisons: boolean
}

/** All of them. */
export const EVERY_LAYER: Layers = {
  idempotent: true,
  tombstones: true,
  fencing: true,
  replays: true,
  comparisons: true,
}

/** What a weak gateway says it promises: it lacks one thing, or everything. */
export function weakSupport(seed: number): GatewaySupport {
  return new Chance(seed, 'supports').pick([
    { ...FULL_SUPPORT, idempotent: false },
    { ...FULL_SUPPORT, tombstones: false },
    { ...FULL_SUPPORT, replay: false },
    { idempotent: false, tombstones: false, replay: false },
  ])
}

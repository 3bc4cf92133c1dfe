/**
 * What a gateway promises beyond taking orders. Whoever lacks a promise is worked with all the same, more slowly: asked
 * before anything is sent again, waited for until the day's orders have expired, compared by what it holds.
 */
export interface GatewaySupport {
  /** The same order id is taken once, however often it is submitted. */
  readonly idempotent: boolean
  /** `never` is promised durably for ids it has not recorded. */
  readonly tombstones: boolean
  /** Executions can be listed again, those nobody was told of included. */
  readonly replay: boolean
}

/** Everything promised. */
export const FULL_SUPPORT: GatewaySupport = { idempotent: true, tombstones: true, replay: true }

import type { RegimePolicy } from '#domain/policy.js'
import { SIZING_TERMS } from '#domain/regime/multiplier.js'
import { instrumentId } from '#units/ids.js'

/** A policy that listens to a channel, with the defaults of the design. */
export const regimeByBus = (changes: Partial<RegimePolicy> = {}): RegimePolicy => ({
  ...SIZING_TERMS,
  from: { source: 'bus', channel: 'us' },
  ...changes,
})

/** A policy whose detector watches an instrument. */
export const regimeByDetector = (name: string, changes: Partial<RegimePolicy> = {}): RegimePolicy => ({
  ...SIZING_TERMS,
  from: { source: 'detector', instrument: instrumentId(name) },
  ...changes,
})

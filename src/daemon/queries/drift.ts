import { valuation } from '#domain/book/valuation.js'
import { analyseDrift } from '#domain/drift.js'
import { specsOf } from '#domain/instrument/registry.js'
import type { DriftBand } from '#domain/policy.js'
import type { PortfolioId } from '#units/ids.js'
import { type Sight, stateOf } from './sight.js'

/** What gaps are shown against when drift starts nothing. */
const ABSOLUTE_BAND: DriftBand = {
  type: 'absolute',
  band: 0.05,
  relativeFloor: 0.01,
  perInstrument: {},
  includeCash: false,
}

/** Holdings against targets. */
export type Drift = ReturnType<typeof driftOf>

/** Holdings against effective targets and bands, at the newest prices. @throws Fault as {@link Sight.market}. */
export function driftOf(sight: Sight, portfolio: PortfolioId) {
  const { book, effective, policy } = stateOf(sight, portfolio).context
  const { view } = sight.market(portfolio)
  const band = policy.triggers.drift ?? ABSOLUTE_BAND
  const valued = valuation(book, view, specsOf(policy.universe))
  const analysis = effective === null ? null : analyseDrift(valued, effective, band)
  return {
    portfolio,
    session: view.session,
    /** Whether a breach starts a rebalance. */
    triggers: policy.triggers.drift !== null,
    hasTargets: effective !== null,
    largest: analysis?.largest ?? 0,
    breaches: analysis?.breaches.length ?? 0,
    inconclusive: analysis?.inconclusive ?? [],
    rows: analysis?.rows ?? [],
  }
}

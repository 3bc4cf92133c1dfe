import type { SessionDate } from '#units/time.js'
import type { Valuation } from '../book/valuation.js'
import { breachKey, type PassiveBreach } from '../breach.js'
import { type Breach, breachesOf, hardLimits } from '../governance/breaches.js'
import type { ExposureLimit } from '../governance/limited.js'
import type { MarketView } from '../market.js'
import type { PortfolioState } from '../portfolio/state.js'
import { value } from './begin.js'
import { readingsFor } from './readings.js'
import { type Decide, quiet } from './step.js'

/** The exposures that a portfolio's rules limit, of what it holds, by what was read last. */
const limitsKept = (state: PortfolioState, { weights }: Valuation): readonly ExposureLimit[] =>
  hardLimits(state.policy.governance, { universe: state.policy.universe, held: weights, ...readingsFor(state) })

/** At a close: takes note of the limits the market has broken, counts a session of those it had, forgets what is cured. */
export const countBreaches: Decide = (state, event) =>
  quiet(event.type === 'marked' ? withBreaches(state, event.view, event.view.session) : state)

/** After a run: forgets what it has cured. What is new is for a close to find, or every cost of a trade would be one. */
export const forgetCured = (state: PortfolioState): PortfolioState =>
  state.breaches === undefined || state.run === null ? state : withBreaches(state, state.run.view, null)

/** The limits of breaches that the run at hand is to cure. */
export function limitsToCure(state: PortfolioState, valued: Valuation): readonly ExposureLimit[] {
  const wanted = new Set((state.breaches ?? []).filter(({ tried }) => tried === state.run?.session).map(breachKey))
  return limitsKept(state, valued).filter((limit) => wanted.has(breachKey(limit)))
}

/** `closed` is the session that has closed; null while none has. Books that cannot be valued leave what is known, only older. */
function withBreaches(state: PortfolioState, view: MarketView, closed: SessionDate | null): PortfolioState {
  const { breaches: before = [] } = state
  const valued = value(state, view)
  const known = valued.unpriced.length === 0 && valued.equity.gt(0)
  const found: readonly Breach[] = known ? breachesOf(limitsKept(state, valued), valued.weights) : before
  const earlier = new Map(before.map((row) => [breachKey(row), row]))
  const breaches = found.flatMap((breach): readonly PassiveBreach[] => {
    const was = earlier.get(breachKey(breach))
    if (was !== undefined) return [counted({ ...was, value: breach.value, max: breach.max }, closed)]
    return closed === null ? [] : [{ ...breach, since: closed, seen: closed, sessions: 0 }]
  })
  return breaches.length === 0 && state.breaches === undefined ? state : { ...state, breaches }
}

const counted = (breach: PassiveBreach, closed: SessionDate | null): PassiveBreach =>
  closed === null || closed <= breach.seen ? breach : { ...breach, seen: closed, sessions: breach.sessions + 1 }

import type { SessionDate } from '#units/time.js'
import { curable } from '../breach.js'
import type { PortfolioState } from '../portfolio/state.js'

/** A run to cure breaches has begun: none of the session does so again. */
export function noteTried(state: PortfolioState, session: SessionDate): PortfolioState {
  const due = new Set(curable(state, session))
  if (due.size === 0) return state
  return { ...state, breaches: state.breaches!.map((row) => (due.has(row) ? { ...row, tried: session } : row)) }
}

/** Such a run was put off: it may be tried again in the session it is put off to, be it the same. */
export function forgetTried(state: PortfolioState, session: SessionDate): PortfolioState {
  if (state.breaches?.some(({ tried }) => tried === session) !== true) return state
  const breaches = state.breaches.map((row) => {
    const { tried, ...rest } = row
    return tried === session ? rest : row
  })
  return { ...state, breaches }
}

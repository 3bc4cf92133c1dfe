import type { PortfolioEvent } from '../portfolio/event.js'
import { NO_REGIME, type RegimeNews, standingAfter, standsUntil } from '../regime/standing.js'
import { type Decide, quiet } from './step.js'

/** The timer that a reading's age or an override's end is heard by. */
export const REGIME_TIMER = 'regime'

/**
 * Takes in what kind of market it is: a reading, a person's word, or that one of them is over; and when to look again. A portfolio
 * whose policy does not ask leaves it.
 */
export const heedRegime: Decide = (state, event) => {
  const terms = state.policy.regime
  const news = newsIn(event)
  if (terms === undefined || news === null) return quiet(state)
  const regime = standingAfter(state.regime ?? NO_REGIME, news, event.at, terms)
  const at = standsUntil(regime, terms)
  return {
    state: { ...state, regime },
    effects: [
      at === null ? { type: 'unschedule', timer: REGIME_TIMER } : { type: 'schedule', timer: REGIME_TIMER, at },
    ],
  }
}

function newsIn(event: PortfolioEvent): RegimeNews | null {
  switch (event.type) {
    case 'regimeRead':
      return { reading: { ...event.reading, source: event.source } }
    case 'regimeSet': {
      const { override, actor, reason } = event
      return { override: override && { ...override, actor, reason } }
    }
    case 'timedOut':
      return event.timer === REGIME_TIMER ? {} : null
    default:
      return null
  }
}

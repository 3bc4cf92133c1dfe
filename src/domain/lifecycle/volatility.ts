import { volatilityAfter } from '../volatility/standing.js'
import { type Decide, quiet } from './step.js'

/** Takes in a reading of volatility; a portfolio whose policy does not ask leaves it. */
export const heedVolatility: Decide = (state, event) => {
  const terms = state.policy.volatility
  if (terms === undefined || event.type !== 'volatilityRead') return quiet(state)
  const volatility = volatilityAfter(state.volatility, { ...event.reading, source: event.source }, terms)
  return quiet(volatility === undefined ? state : { ...state, volatility })
}

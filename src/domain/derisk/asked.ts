import { paramsOf } from '../governance/judge.js'
import { drawdownLimit } from '../governance/rules/drawdown.js'
import type { PortfolioState } from '../portfolio/state.js'
import { regimeOf, type SizedFor } from '../regime/applied.js'
import { drawdownMultiplier } from './drawdown.js'

/** What everything that takes risk back asks together: a multiplier of every risky weight, and whose it is. */
export interface AskedSizing {
  readonly multiplier: number
  readonly by: SizedFor
}

type Known = Pick<PortfolioState, 'policy' | 'regime' | 'volatility' | 'drawdown'>

/**
 * The tightest of all that asks for less, never their product: each is worked out for the whole risk, and two that see the same fall would
 * cut it twice. What enlarges (a regime above 1) holds only while nothing takes back. Total.
 */
export function askedSizing(state: Known): AskedSizing {
  const { regime, multiplier, because } = regimeOf(state)
  const kind: AskedSizing = { multiplier, by: { regime, because } }
  const asks = [state.policy.regime === undefined ? null : kind, byVolatility(state), byDrawdown(state)].filter(
    (asked) => asked !== null,
  )
  const cuts = asks.filter((asked) => asked.multiplier < 1)
  const [first = asks[0] ?? kind] = cuts
  return cuts.reduce((least, asked) => (asked.multiplier < least.multiplier ? asked : least), first)
}

/** Nothing is known to take back before the first level: the rule keeps risk from being added then. */
function byVolatility({ policy, volatility }: Known): AskedSizing | null {
  if (policy.volatility === undefined || volatility === undefined) return null
  return { multiplier: volatility.multiplier, by: { volatility: volatility.level } }
}

function byDrawdown({ policy, drawdown }: Known): AskedSizing | null {
  const params = paramsOf(drawdownLimit, policy.governance)
  if (params === null) return null
  const counted = drawdown?.counted ?? 0
  return { multiplier: drawdownMultiplier(counted, params.max), by: { drawdown: counted } }
}

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
 * The tightest of all that ask, never their product: each is worked out for the whole risk, and two that see the same fall would
 * cut it twice. A regime above 1 enlarges only where volatility is not looked at, which leaves plain weights at most and no more before its first level, and
 * while a drawdown takes nothing back. Total.
 */
export function askedSizing(state: Known): AskedSizing {
  const { regime, multiplier, because } = regimeOf(state)
  const kind: AskedSizing = { multiplier, by: { regime, because } }
  const lost = byDrawdown(state)
  const asks = [state.policy.regime === undefined ? null : kind, byVolatility(state, kind), lost]
  const [first = kind, ...others] = asks.filter((asked) => asked !== null)
  const asksLess = (asked: AskedSizing, least: AskedSizing): boolean =>
    asked.multiplier < least.multiplier && (asked !== lost || asked.multiplier < 1)
  return others.reduce((least, asked) => (asksLess(asked, least) ? asked : least), first)
}

function byVolatility({ policy, volatility }: Known, { by }: AskedSizing): AskedSizing | null {
  if (policy.volatility === undefined) return null
  if (volatility === undefined) return { multiplier: 1, by }
  return { multiplier: volatility.multiplier, by: { volatility: volatility.level } }
}

function byDrawdown({ policy, drawdown }: Known): AskedSizing | null {
  const params = paramsOf(drawdownLimit, policy.governance)
  if (params === null) return null
  const counted = drawdown?.counted ?? 0
  return { multiplier: drawdownMultiplier(counted, params.max), by: { drawdown: counted } }
}

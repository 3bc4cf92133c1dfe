import type { ConstraintScope, RuleContext } from '../governance/rule.js'
import { knownLiquidity } from '../liquidity/liquidity.js'
import type { MarketView } from '../market.js'
import type { PortfolioState } from '../portfolio/state.js'

/** What rules may know of how much is traded at a view; nothing where the policy does not ask. */
export function liquidityContext({ policy }: PortfolioState, view: MarketView): Pick<RuleContext, 'liquidity'> {
  const known = knownLiquidity(policy.liquidity, view.liquidity)
  return known === null ? {} : { liquidity: known }
}

/** What rules lend the optimiser limits for: what is held, and of liquidity what there was as the run began. */
export function constraintScope({ policy, run }: Pick<PortfolioState, 'policy' | 'run'>): ConstraintScope {
  const plain = { universe: policy.universe, held: run?.before.weights ?? {} }
  if (policy.liquidity === undefined || run === null) return plain
  const known = knownLiquidity(policy.liquidity, run.view.liquidity) ?? {}
  return { ...plain, liquidity: { known, equity: run.before.equity, at: run.view.at } }
}

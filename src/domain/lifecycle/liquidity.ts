import type { RuleContext } from '../governance/rule.js'
import { knownLiquidity } from '../liquidity/liquidity.js'
import type { MarketView } from '../market.js'
import type { PortfolioState } from '../portfolio/state.js'

/** What rules may know of how much is traded at a view; nothing where the policy does not ask. */
export function liquidityContext({ policy }: PortfolioState, view: MarketView): Pick<RuleContext, 'liquidity'> {
  const known = knownLiquidity(policy.liquidity, view.liquidity)
  return known === null ? {} : { liquidity: known }
}

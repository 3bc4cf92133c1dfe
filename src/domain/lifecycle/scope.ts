import type { ConstraintScope } from '../governance/rule.js'
import { knownLiquidity } from '../liquidity/liquidity.js'
import type { PortfolioState } from '../portfolio/state.js'
import { readingsFor } from './readings.js'

/** What rules lend the optimiser limits for: what is held, what was read, and of liquidity what there was as the run began. */
export function constraintScope(state: Pick<PortfolioState, 'policy' | 'run' | 'readings'>): ConstraintScope {
  const { policy, run } = state
  const plain = { universe: policy.universe, held: run?.before.weights ?? {}, ...readingsFor(state) }
  if (policy.liquidity === undefined || run === null) return plain
  const known = knownLiquidity(policy.liquidity, run.view.liquidity) ?? {}
  return { ...plain, liquidity: { known, equity: run.before.equity, at: run.view.at } }
}

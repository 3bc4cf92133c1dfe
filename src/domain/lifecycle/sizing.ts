import { askedSizing } from '../derisk/asked.js'
import { lendingOf } from '../governance/lending.js'
import type { RuleContext } from '../governance/rule.js'
import { weightBounds } from '../optimise/bounds.js'
import type { PortfolioState } from '../portfolio/state.js'
import { type RunSizing, regimeOf, type SizedFor, UNSIZED } from '../regime/applied.js'
import { headroom, product, type Room, scaledTargets } from '../regime/scale.js'
import type { OptimiserEvidence, RiskFigures, TargetsAnswer } from '../run.js'
import type { TargetSet } from '../targets/target-set.js'
import { constraintScope } from './scope.js'

/** An answer as a run takes it, and what its targets were sized by; no sizing where nothing asks, or makes a difference. */
interface SizedAnswer {
  readonly answer: TargetsAnswer
  readonly sizing?: RunSizing
}

/**
 * Targets under the regime in force, volatility and the drawdown that counts, whichever asks for less: every risky weight times min(multiplier, headroom), the rest to cash. The figures of risk
 * follow: losses of cash are 0 in every scenario, so VaR and CVaR are multiplied like the weights.
 *
 * Edges   earlier targets, those that limits in conflict led back to or that stand where the source asks to hold, were sized already:
 *         they are taken back to their plain weights first.
 *         Whether trading pays was worked out for the plain weights. It does not keep sized ones from being traded to, nor a run
 *         that is there to size: what it left undone would be due again at once.
 * Source  design domain.md section 10.
 */
export function sizedAnswer(state: PortfolioState, given: TargetsAnswer): SizedAnswer {
  const { policy, memory } = state
  const { multiplier, by } = askedSizing(state)
  if (!asksForSizing(policy) && memory.sized === undefined && multiplier === 1) return { answer: given }
  const answer = held(state, given)
  if (answer.kind !== 'targets') return { answer }
  const earlier = answer !== given || answer.evidence.ladder?.rung === 'previous'
  const before = earlier ? (memory.sized ?? UNSIZED).factor : 1
  const plain = plainTargets(answer.targets, before)
  const room = roomOf(state)
  const factor = Math.min(multiplier, headroom(plain, room))
  const sizing = { multiplier, factor, ...by }
  const evidence =
    state.run?.trigger.kind === 'risk' || factor !== 1 ? exempted(answer.evidence, factor, by) : answer.evidence
  if (factor === before) return { answer: { ...answer, evidence }, sizing }
  return {
    answer: {
      ...answer,
      targets: scaledTargets(plain, multiplier, room),
      riskAfter: scaledRisk(answer.riskAfter, factor / before),
      evidence,
    },
    sizing,
  }
}

/** True of a policy by which anything but limits of its own may size weights whatever it asks for now. */
const asksForSizing = ({ regime, volatility }: PortfolioState['policy']): boolean =>
  regime !== undefined || volatility !== undefined

/** Evidence that says why trading need not pay. */
function exempted(evidence: OptimiserEvidence, factor: number, by: SizedFor): OptimiserEvidence {
  const { benefit } = evidence
  if (benefit === undefined) return evidence
  const cause = 'drawdown' in by ? 'drawdown' : 'volatility' in by ? 'volatility' : 'regime'
  return { ...evidence, benefit: { ...benefit, exempt: `weights are sized × ${factor} for the ${cause}` } }
}

/** A source that asks to hold says nothing against sizing what is held: a run that is to size trades toward the earlier targets. */
function held({ run, effective }: PortfolioState, answer: TargetsAnswer): TargetsAnswer {
  if (answer.kind !== 'hold' || run?.trigger.kind !== 'risk' || effective === null) return answer
  const note = `asked to hold (${answer.reason}): the earlier targets are sized anew`
  const evidence = { ...answer.evidence, note }
  return { kind: 'targets', targets: effective, evidence, riskBefore: null, riskAfter: null }
}

/** Weights as they were before a factor, the rest in cash. */
function plainTargets(targets: TargetSet, factor: number): TargetSet {
  if (factor === 1) return targets
  const entries = Object.entries(targets.weights).map(([id, weight]) => [id, product(weight, 1 / factor)] as const)
  const invested = entries.reduce((sum, [, weight]) => sum + weight, 0)
  return { weights: Object.fromEntries(entries), cash: Math.max(0, 1 - invested) }
}

/** How far weights may grow: the optimiser's bounds and what rules lend, on weights and on their sums, and the cash that has to stay. */
function roomOf(state: PortfolioState): Room {
  const { optimiser, governance, targets } = state.policy
  const lent = lendingOf(governance, constraintScope(state))
  const least = targets.name === 'optimised' ? optimiser.bounds.cash[0] : 0
  return {
    bounds: (id) => weightBounds(optimiser, id, lent),
    cash: Math.max(least, targets.cashReserve),
    sums: [
      ...lent.groups.map(({ members, coefficients, upper = Number.POSITIVE_INFINITY }) => ({
        ...{ members, most: upper },
        ...(coefficients !== undefined && { coefficients }),
      })),
      ...(lent.gross === null ? [] : [{ members: null, most: lent.gross.most }]),
    ],
  }
}

const scaledRisk = (risk: RiskFigures | null, factor: number): RiskFigures | null =>
  risk && { cvar: risk.cvar * factor, var: risk.var * factor }

/** What the targets of a run are sized by, or those in force where it has none of its own. */
export const sizedBy = ({ run, memory }: Pick<PortfolioState, 'run' | 'memory'>): number =>
  (run?.sizing ?? memory.sized ?? UNSIZED).factor

/** What rules may know of the regime and of volatility: the multipliers now, and what the run's targets were sized by. */
export function marketContext(state: PortfolioState): Pick<RuleContext, 'regime' | 'volatility'> {
  const { policy, volatility } = state
  const { regime, multiplier } = regimeOf(state)
  const sized = sizedBy(state)
  const reading = volatility ?? null
  return {
    ...(policy.regime !== undefined && { regime: { regime, multiplier, sized } }),
    ...(policy.volatility !== undefined && {
      volatility: {
        reading: reading && { level: reading.level, multiplier: reading.multiplier, asOf: reading.reading.at },
        ...{ sized, maxAgeMs: policy.volatility.maxAgeMs },
      },
    }),
  }
}

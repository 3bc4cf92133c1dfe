import { widthOf } from '../drift.js'
import { pays } from '../optimise/benefit.js'
import { type CashRange, edgeTargets, INSIDE } from '../plan/edge.js'
import type { PlanInput } from '../plan/input.js'
import type { DriftBand, PortfolioPolicy } from '../policy.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Run } from '../run.js'
import type { TargetSet } from '../targets/target-set.js'
import type { TriggerKind } from '../trigger.js'

/**
 * Runs that trade to the edge of the bands where the policy says so: those that drift began, and those by hand, so that what a
 * person is shown, or asks for, is what drift would do. A calendar's day and new targets are there to be at the targets.
 */
const TO_EDGE: ReadonlySet<TriggerKind> = new Set(['drift', 'manual'])

/** What a run trades to when that is not its targets, and the input of its plan. */
interface Aimed {
  readonly input: PlanInput
  readonly aim?: TargetSet
}

/**
 * A plan's input with what the run trades to: its targets, or the edges of their bands. Buys may then leave the least cash: how much
 * of it the edges leave depends on sales that a plan of buys alone does not make.
 */
export function aimed({ run, policy }: PortfolioState, input: PlanInput): Aimed {
  const { drift } = policy.triggers
  if (run === null || run.type !== 'full' || isWhole(run) || !TO_EDGE.has(run.trigger.kind)) return { input }
  if (policy.tradeTo?.to !== 'band-edge' || drift === null) return { input }
  const range = cashRange(policy, input.targets, drift)
  const aim = edgeTargets(input, drift, range)
  return { aim, input: { ...input, targets: { weights: aim.weights, cash: range[0] } } }
}

/**
 * How much cash may take or give when others trade to their edges: the width of its band (whether or not it triggers) around its
 * target, without touching the reserve and what shorts hold as collateral, and within the optimiser's range where the optimiser
 * set the target. What the targets keep is always within.
 */
function cashRange({ targets: source, optimiser }: PortfolioPolicy, targets: TargetSet, band: DriftBand): CashRange {
  const { weights, cash } = targets
  const [low, high] = source.name === 'optimised' ? optimiser.bounds.cash : [0, 1]
  const width = INSIDE * widthOf(cash, band, null)
  const shorts = Object.values(weights).reduce((sum, weight) => sum + Math.max(0, -weight), 0)
  const kept = Math.max(source.cashReserve, low) + shorts
  return [Math.max(Math.min(cash, kept), cash - width), Math.min(Math.max(cash, high), cash + width)]
}

/** True when somebody asked to go all the way to the targets. */
const isWhole = ({ trigger: { task } }: Pick<Run, 'trigger'>): boolean => task?.type === 'full'

/**
 * Why trading to a run's targets does not pay, with the figures; null when it does, when the policy does not ask, and when
 * somebody wants it all the same.
 */
export function unpaid(run: Pick<Run, 'trigger' | 'answer'>): string | null {
  if (isWhole(run)) return null
  const benefit = run.answer?.evidence.benefit
  if (benefit === undefined || pays(benefit)) return null
  const { gain, cost, ratio, holdingPeriods } = benefit
  const percent = (fraction: number): string => `${(fraction * 100).toFixed(4)} %`
  const times = ratio === 1 ? '' : `${ratio} times `
  return `trading does not pay: it is to gain ${percent(gain)} of equity over ${holdingPeriods} bars, which is not more than ${times}its cost of ${percent(cost)}`
}

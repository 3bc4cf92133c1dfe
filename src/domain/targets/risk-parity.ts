import { z } from 'zod'
import { sampleCovariance } from '#numerics/covariance.js'
import { riskBudgeting } from '#numerics/risk-budgeting.js'
import type { InstrumentId } from '#units/ids.js'
import { listed } from '../explain/words.js'
import { weightBounds } from '../optimise/bounds.js'
import type { PortfolioPolicy } from '../policy.js'
import { closeBudget, droppedNote } from './close.js'
import { type Mover, movement } from './movement.js'
import type { Proposal, ScenarioSet, TargetRefusal, TargetRequest, TargetSource } from './source.js'

const schema = z.strictObject({
  budgets: z
    .record(z.string(), z.number().min(0.001).max(1_000))
    .default({})
    .describe('Share of risk by instrument id, in proportion to one another; an instrument that is not named has 1.'),
})

/** Parameters of the risk-parity source. */
export type RiskParityParams = z.infer<typeof schema>

/** Names that an explanation lists before it only counts. */
const NAMED = 6

/**
 * Weights with risk contributions wᵢ·(Σw)ᵢ in proportion to the risk budgets, equal without any, that sum to
 * 1 − cashReserve under the upper bounds of the policy; what the caps do not take stays in cash. Contributions of the names
 * below their cap are as their budgets to 1e-8 and closer, also while others are held at theirs ({@link riskBudgeting}).
 * Long only: lower bounds belong to the optimiser and are not used. A weight below the minimum goes to cash last of all,
 * and the others stay as they are.
 *
 * Σ       is the plain sample covariance of the scenario returns, divisor T − 1: the risk that is shared out is that of
 *         the very scenarios whose CVaR the run reports, and anyone can add it up again. It is not shrunk because nothing
 *         here inverts it: where a minimum of variance runs after the errors of Σ, equal contributions of weights ≥ 0 do
 *         not, and shrinking toward equal correlations would only move the answer toward inverse volatility. Fewer
 *         returns than names make Σ singular, which matters only where names cancel each other.
 * Edges   an instrument whose price never moved has no risk to share: it gets nothing, and the note says so. Names that
 *         all but cancel each other have none together: hold, with their names.
 * Source  design domain.md sections 1 and 6.
 */
export const riskParity: TargetSource<RiskParityParams> = {
  name: 'risk-parity',
  summary: 'Weights that contribute equally to risk, or by risk budgets, under the weight caps.',
  schema,
  refusal: refusalOf,
  propose,
}

function refusalOf({ budgets }: RiskParityParams, { universe }: PortfolioPolicy): TargetRefusal | null {
  const known = new Set<string>(universe.map((spec) => spec.id))
  const unknown = Object.keys(budgets)
    .sort()
    .find((id) => !known.has(id))
  if (unknown === undefined) return null
  const message = `${unknown} has a risk budget but is not in the universe`
  return { code: 'target_unknown', message, path: ['budgets', unknown] }
}

function propose({ budgets }: RiskParityParams, request: TargetRequest): Proposal {
  const { cashReserve, minWeight } = request.policy.targets
  const found = movement(request)
  if (found.kind === 'hold') return found
  const capOf = ({ instrument }: Mover): number => weightBounds(request.policy.optimiser, instrument)[1]
  const movers = found.movers.filter((mover) => capOf(mover) > 0)
  const total = 1 - cashReserve
  const wanted = new Map<InstrumentId, number>()
  let capNote = ''
  if (movers.length > 0 && total > 0) {
    const own = new Map(Object.entries(budgets))
    const answer = riskBudgeting({
      covariance: sampleCovariance(columnsOf(request.scenarios, movers)),
      budgets: Float64Array.from(movers, ({ instrument }) => own.get(instrument) ?? 1),
      caps: Float64Array.from(movers, capOf),
      total,
    })
    const names = (columns: readonly number[]): string =>
      listed(
        columns.map((column) => movers[column]!.instrument),
        NAMED,
      )
    if (answer.kind === 'hedged')
      return { kind: 'hold', reason: `no risk to share out: ${names(answer.columns)} all but cancel each other` }
    movers.forEach(({ instrument }, index) => {
      wanted.set(instrument, answer.weights[index]!)
    })
    if (answer.capped.length > 0)
      capNote = `held at the highest weight, below the share of risk: ${names(answer.capped)}`
  }
  const { targets, dropped } = closeBudget(wanted, minWeight)
  const notes = [found.note, capNote, droppedNote(dropped, minWeight)]
  return { kind: 'targets', targets, note: notes.filter((note) => note !== '').join('; ') }
}

/** The movers' returns in the movers' order, so that the order of the scenario columns changes no bit of the answer. */
function columnsOf({ rows, instruments, returns }: ScenarioSet, movers: readonly Mover[]) {
  const values = new Float64Array(rows * movers.length)
  for (let row = 0; row < rows; row += 1)
    movers.forEach(({ column }, at) => {
      values[row * movers.length + at] = returns[row * instruments.length + column]!
    })
  return { rows, columns: movers.length, values }
}

import { z } from 'zod'
import { columnDeviations } from '#numerics/moments.js'
import type { InstrumentId } from '#units/ids.js'
import { weightBounds } from '../optimise/bounds.js'
import { cappedShares } from './cap.js'
import { closeBudget, droppedNote } from './close.js'
import { nobodyEligible } from './optimised.js'
import type { Proposal, TargetRequest, TargetSource } from './source.js'

const schema = z.strictObject({})

/** The inverse-volatility source has no parameters of its own. */
export type InverseVolatilityParams = z.infer<typeof schema>

/**
 * Weights proportional to 1/σ, σ the sample standard deviation of the scenario returns, scaled to 1 − cashReserve under
 * the upper bounds of the policy; what the caps do not take stays in cash. An instrument whose price never moved has no
 * finite 1/σ: it gets nothing, and the note says so. Lower bounds above zero belong to the optimiser and are not used.
 * Source: design domain.md sections 1 and 6.
 */
export const inverseVolatility: TargetSource<InverseVolatilityParams> = {
  name: 'inverse-volatility',
  summary: 'Weights in proportion to one over volatility, under the weight caps.',
  schema,
  propose,
}

/** σ below this is the rounding of constant returns, not movement. */
const NO_SPREAD = 1e-14

function propose(_params: InverseVolatilityParams, { policy, scenarios }: TargetRequest): Proposal {
  const { instruments, rows, returns } = scenarios
  if (rows === 0 || instruments.length === 0)
    return { kind: 'hold', reason: nobodyEligible(scenarios, policy.optimiser.scenarios.minimum) }
  if (rows === 1) return { kind: 'hold', reason: 'volatility needs at least 2 returns, there is 1' }
  const deviations = columnDeviations({ rows, columns: instruments.length, values: returns })
  const moving: { instrument: InstrumentId; signal: number }[] = []
  const still: InstrumentId[] = []
  instruments.forEach((instrument, column) => {
    const deviation = deviations[column]!
    if (deviation > NO_SPREAD) moving.push({ instrument, signal: 1 / deviation })
    else still.push(instrument)
  })
  const stillNote = still.length === 0 ? '' : `no volatility, no weight: ${still.sort().join(', ')}`
  if (moving.length === 0) return { kind: 'hold', reason: stillNote }
  moving.sort((a, b) => (a.instrument < b.instrument ? -1 : 1))
  const shares = cappedShares(
    moving.map(({ signal }) => signal),
    moving.map(({ instrument }) => weightBounds(policy.optimiser, instrument)[1]),
    1 - policy.targets.cashReserve,
  )
  const wanted = new Map(moving.map(({ instrument }, index) => [instrument, shares[index]!]))
  const { targets, dropped } = closeBudget(wanted, policy.targets.minWeight)
  const notes = [stillNote, droppedNote(dropped, policy.targets.minWeight)]
  return { kind: 'targets', targets, note: notes.filter((note) => note !== '').join('; ') }
}

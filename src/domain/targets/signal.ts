import { z } from 'zod'
import type { InstrumentId } from '#units/ids.js'
import { listed } from '../explain/words.js'
import { weightBounds } from '../optimise/bounds.js'
import type { PortfolioPolicy } from '../policy.js'
import { cappedShares } from '../sizing/caps.js'
import { closeBudget, droppedNote } from './close.js'
import { NO_PRICE_YET, neverPriced, waitingNote } from './scenarios.js'
import type { Proposal, TargetRefusal, TargetRequest, TargetSource } from './source.js'

const LARGEST = 1e9

const schema = z.strictObject({
  signals: z
    .record(
      z.string(),
      z.strictObject({
        signal: z
          .number()
          .min(-LARGEST)
          .max(LARGEST)
          .describe('Strength of the view in any unit, the same for all; below 0 is a view to be short.'),
        confidence: z.number().min(0).max(1).default(1).describe('How much of the signal counts: 0 none of it, 1 all.'),
      }),
    )
    .describe('Signals by instrument id; an instrument without one is not held.'),
})

/** Parameters of the signal source. */
export type SignalParams = z.infer<typeof schema>

/** Names that an explanation lists before it only counts. */
const NAMED = 6

/**
 * Weights in proportion to signal × confidence: wᵢ = sign(sᵢ)·min(capᵢ, θ·|sᵢcᵢ|), θ such that Σ|w| = 1 − cashReserve as
 * far as the caps allow. The cap of a long weight is the policy's upper bound, that of a short one minus its lower bound.
 * What a cap cuts goes to the other names, long or short, by their signals; lower bounds above zero belong to the
 * optimiser and are not used.
 *
 * Longs and shorts are normalised together, by gross exposure. The budget stays Σw + cash = 1, so cash is what neither
 * side uses plus twice the shorts: once the money that the longs leave, once the proceeds of selling short. Those are
 * collateral and buy nothing: longs alone never exceed 1 − cashReserve whatever is sold short, and gross exposure never
 * exceeds it either. To normalise Σw, the net, would be to divide by what may be near 0, and to borrow without limit.
 *
 * Edges   every product zero: hold with the reason, never equal weights. A name that was never priced keeps its share, in
 *         cash until it trades; while no name with a signal trades, hold. Scenarios serve for nothing else here.
 * Errors  refuses a signal for an instrument outside the universe, and one below 0 (whatever its confidence) for an
 *         instrument that is not shortable or whose lower bound is not below 0.
 * Source  design domain.md sections 1 and 6.
 */
export const signal: TargetSource<SignalParams> = {
  name: 'signal',
  summary: 'Weights in proportion to signal times confidence, long and short, under the weight caps.',
  schema,
  refusal: refusalOf,
  propose,
}

function refusalOf({ signals }: SignalParams, policy: PortfolioPolicy): TargetRefusal | null {
  const shortable = new Map<string, boolean>(policy.universe.map((spec) => [spec.id, spec.shortable]))
  for (const id of Object.keys(signals).sort()) {
    const path = ['signals', id]
    if (!shortable.has(id))
      return { code: 'target_unknown', message: `${id} has a signal but is not in the universe`, path }
    const shorts = shortable.get(id) === true && weightBounds(policy.optimiser, id as InstrumentId)[0] < 0
    if (signals[id]!.signal < 0 && !shorts) {
      const message = `${id} has a negative signal and may not be held short`
      return { code: 'short_not_allowed', message, path: [...path, 'signal'] }
    }
  }
  return null
}

function propose({ signals }: SignalParams, { policy, scenarios }: TargetRequest): Proposal {
  const { cashReserve, minWeight } = policy.targets
  const given = Object.keys(signals).sort() as InstrumentId[]
  const views = given
    .map((instrument) => ({ instrument, strength: signals[instrument]!.signal * signals[instrument]!.confidence }))
    .filter(({ strength }) => strength !== 0)
  if (views.length === 0) return { kind: 'hold', reason: zeroReason(given) }
  const untraded = neverPriced(scenarios)
  const waiting = views.map(({ instrument }) => instrument).filter((instrument) => untraded.has(instrument))
  if (waiting.length === views.length)
    return { kind: 'hold', reason: `no name with a signal trades, ${NO_PRICE_YET}: ${listed(waiting, NAMED)}` }
  const shares = cappedShares(
    relative(views.map(({ strength }) => Math.abs(strength))),
    views.map(({ instrument, strength }) => {
      const [lower, upper] = weightBounds(policy.optimiser, instrument)
      return strength > 0 ? upper : -lower
    }),
    1 - cashReserve,
  )
  const wanted = new Map<InstrumentId, number>()
  views.forEach(({ instrument, strength }, index) => {
    if (!untraded.has(instrument)) wanted.set(instrument, Math.sign(strength) * shares[index]!)
  })
  const { targets, dropped } = closeBudget(wanted, minWeight)
  const notes = [droppedNote(dropped, minWeight), waitingNote(waiting)]
  return { kind: 'targets', targets, note: notes.filter((note) => note !== '').join('; ') }
}

function zeroReason(given: readonly InstrumentId[]): string {
  return given.length === 0 ? 'there are no signals' : `signal times confidence is zero for ${listed(given, NAMED)}`
}

/** Strengths as parts of the largest: those of 1e-300 are as good as any, and their ratios must not overflow. */
function relative(strengths: readonly number[]): number[] {
  const largest = Math.max(...strengths)
  return strengths.map((strength) => strength / largest)
}

// From the records of a case to its line of the report.

import { objectiveOf, violationOf } from './evaluate.mjs'

/** The forms that the targets are stated against: HiGHS's defaults, and dual simplex on the dual form. */
const STATED = ['highs-textbook', 'highs-dual']
const OURS = 'ballast-2'

const ratio = (theirs, ours) => (theirs > 0 && ours > 0 ? Number((theirs / ours).toPrecision(4)) : undefined)

const leastOf = (records) =>
  records.reduce((best, { median }) => (median < (best ?? Number.POSITIVE_INFINITY) ? median : best), undefined)

/**
 * One case. `seconds` is our median on two threads; `peerSeconds` the median of the faster stated form of HiGHS,
 * `fastestPeerSeconds` counts presolve switched off too. Gaps of HiGHS are those of its weights, recomputed, above the
 * best certified lower bound of this run; the prototype's is its own.
 */
export function figuresOf(instance, records) {
  const named = (name) => records.find((record) => record.name === name)
  const starting = (prefix) => records.filter(({ name }) => name.startsWith(prefix))
  const ours = named(OURS)
  const seconds = ours?.median
  const peerSeconds = leastOf(records.filter(({ name }) => STATED.includes(name)))
  const fastestPeerSeconds = leastOf(starting('highs-'))
  const bound = Math.max(...starting('ballast-').map(({ answer }) => answer?.lowerBound ?? Number.NEGATIVE_INFINITY))
  const contestants = records.map((record) => contestantOf(record, instance, bound))
  return {
    size: instance.id,
    ratioBestPeer: ratio(peerSeconds, seconds),
    ratioFastestPeer: ratio(fastestPeerSeconds, seconds),
    ratioTextbook: ratio(named('highs-textbook')?.median, seconds),
    ratioPrototype: ratio(leastOf(starting('prototype-')), seconds),
    gap: ours?.answer?.gap,
    seconds,
    peerSeconds,
    fastestPeerSeconds,
    objectiveDifference: differenceOf(contestants),
    contestants,
  }
}

/** How far our objective lies from that of HiGHS's weights, relative to it. */
function differenceOf(contestants) {
  const worth = (prefix) => contestants.find((one) => one.name.startsWith(prefix) && one.recomputed !== undefined)
  const ours = worth(OURS)?.recomputed
  const theirs = worth('highs-')?.recomputed
  return ours === undefined || theirs === undefined ? undefined : Math.abs(ours - theirs) / Math.abs(theirs)
}

function contestantOf({ name, answer, seconds, runs, median, least, failure }, { problem }, bound) {
  if (answer === undefined) return { name, runs: 0, failure }
  const { status, objective, gap, iterations, passes, inside, weights } = answer
  const worth = weights === undefined ? undefined : objectiveOf(problem, weights)
  const recomputed =
    worth === undefined ? {} : { recomputed: worth, violation: violationOf(problem, Array.from(weights)) }
  const measured = Number.isFinite(bound) && worth !== undefined ? (worth - bound) / Math.abs(worth) : undefined
  return {
    name,
    status,
    runs,
    median,
    least,
    insideSeconds: inside,
    objective,
    ...recomputed,
    gap: gap ?? measured,
    gapOfWeights: measured,
    iterations,
    passes,
    seconds: seconds.map((value) => Number(value.toPrecision(5))),
    failure,
  }
}

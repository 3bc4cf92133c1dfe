// Rounds of all contestants in turn, and what comes out of them.

/** Above this many seconds a contestant runs once, above the second three times, else in every round. */
const ONCE = 30
const THRICE = 5
/** Rounds of instances that everyone solves in milliseconds, where one more costs nothing and a median of few says little. */
const SMALL = { seconds: 10, rounds: 51 }

/** The middle value; the mean of the two in the middle of an even number. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2
}

const runsOf = (seconds, rounds) => (seconds > ONCE ? 1 : seconds > THRICE ? Math.min(3, rounds) : SMALL.rounds)

/**
 * Lets the contestants solve one instance, round by round, the order turning by one each round, so that what else the
 * machine does falls on all of them: `rounds` of them, and of a small instance as many more as ten seconds hold, 51 at most.
 * A contestant that failed is not asked again.
 *
 * Returns  one record a contestant: its answer of the last run that solved, all seconds, median and least
 */
export async function compete(contestants, instance, rounds, tell) {
  const records = contestants.map(({ name }) => ({ name, seconds: [], answer: undefined, wanted: SMALL.rounds }))
  const began = performance.now()
  const small = () => (performance.now() - began) / 1000 < SMALL.seconds
  for (let round = 0; round < rounds || (round < SMALL.rounds && small()); round += 1) {
    for (let k = 0; k < contestants.length; k += 1) {
      const at = (k + round) % contestants.length
      const record = records[at]
      if (record.seconds.length < record.wanted) await once(contestants[at], record, instance, rounds)
    }
    tell(`${instance.id}: round ${round + 1}`)
  }
  return records.map(({ wanted: _, ...record }) => ({ ...record, ...timesOf(record.seconds) }))
}

async function once(contestant, record, instance, rounds) {
  await contestant.load?.(instance)
  const answer = await contestant.solve(instance).catch((error) => ({ status: String(error.message), seconds: NaN }))
  if (!solved(answer)) {
    record.wanted = 0
    record.failure = { status: answer.status, message: answer.message, seconds: answer.seconds }
    return
  }
  record.answer = answer
  record.seconds.push(answer.seconds)
  record.wanted = Math.min(record.wanted, runsOf(answer.seconds, rounds))
}

const solved = ({ status }) => status === 'OPTIMAL' || status === 'FEASIBLE' || status === 'Optimal'

const timesOf = (seconds) =>
  seconds.length === 0 ? {} : { runs: seconds.length, median: median(seconds), least: Math.min(...seconds) }

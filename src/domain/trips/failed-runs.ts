import type { RunStatus } from '../run.js'
import type { Trip } from './trip.js'

/** How many runs in a row may fail. */
export interface FailedRunLimits {
  readonly consecutive: number
}

const FAILED: ReadonlySet<RunStatus> = new Set(['FAILED', 'ROLLED_BACK'])

/** Runs that fail one after the other: trying on costs money or hides what is wrong. A cancelled run says nothing. */
export const failedRuns: Trip<FailedRunLimits> = ({ consecutive }, { ended }) => {
  const counted = ended.filter((status) => status !== 'CANCELLED')
  const lastGood = counted.findLastIndex((status) => !FAILED.has(status))
  const failures = counted.length - 1 - lastGood
  if (failures < consecutive) return null
  const reason = `${failures} runs failed one after the other (limit ${consecutive})`
  return { rule: 'failed-runs', verdict: 'halt', reason, figures: { failures: String(failures) } }
}

import type { RunStatus } from '../run.js'
import type { Trip } from './trip.js'

/** How many runs in a row may fail. */
export interface FailedRunLimits {
  readonly consecutive: number
}

const FAILED: ReadonlySet<RunStatus> = new Set(['FAILED', 'ROLLED_BACK'])
const WELL: ReadonlySet<RunStatus> = new Set(['COMPLETED', 'COMPLETED_ADJUSTED'])

/** True for a run that counts as failed. */
export const wentWrong = (status: RunStatus): boolean => FAILED.has(status)
/** True for a run after which none before it counts. */
export const wentWell = (status: RunStatus): boolean => WELL.has(status)

/** Runs after the last that went well: all that the rule looks at. */
export const latestRuns = <T>(runs: readonly T[], status: (run: T) => RunStatus): readonly T[] =>
  runs.slice(runs.findLastIndex((run) => wentWell(status(run))) + 1)

/** Runs that fail one after the other: trying on costs money or hides what is wrong. A cancelled run says nothing. */
export const failedRuns: Trip<FailedRunLimits> = ({ consecutive }, { ended }) => {
  const failures = latestRuns(ended, (status) => status).filter(wentWrong).length
  if (failures < consecutive) return null
  const reason = `${failures} runs failed one after the other (limit ${consecutive})`
  return { rule: 'failed-runs', verdict: 'halt', reason, figures: { failures: String(failures) } }
}

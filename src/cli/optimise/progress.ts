import { SingleBar } from 'cli-progress'
import type { SolveProgress } from '#ports/solver.js'

/** A solve shorter than this shows nothing, milliseconds. */
const PATIENCE_MS = 500

/** A line that follows a solve. */
export interface SolveLine {
  readonly onProgress: (progress: SolveProgress) => void
  /** Takes the line off the terminal. */
  stop(): void
}

/** Follows a long solve on a terminal: seconds, gap beside the one to prove, iterations, passes. Undefined elsewhere. */
export function solveLine(stream: NodeJS.WriteStream, wanted: boolean, tolerance: number): SolveLine | undefined {
  if (!wanted || stream.isTTY !== true) return undefined
  const asked = tolerance.toExponential(0)
  const bar = new SingleBar({
    format: `{seconds} s, gap {gap} (to prove: ${asked}), {iterations} iterations, {passes} passes`,
    stream,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: true,
  })
  let shown = false
  return {
    onProgress({ elapsedMs, gap, iterations, passes }) {
      if (elapsedMs < PATIENCE_MS) return
      const seconds = (elapsedMs / 1000).toFixed(1)
      const values = { seconds, gap: Number.isFinite(gap) ? gap.toExponential(1) : 'unknown', iterations, passes }
      if (shown) bar.update(0, values)
      else bar.start(1, 0, values)
      shown = true
    },
    stop() {
      if (shown) bar.stop()
    },
  }
}

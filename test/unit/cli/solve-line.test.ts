import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { solveLine } from '#cli/optimise/progress.js'

/** A terminal that keeps what is written to it. */
function terminal(isTTY = true): { stream: NodeJS.WriteStream; shown: () => string } {
  const stream = new PassThrough()
  return {
    stream: Object.assign(stream, { isTTY, columns: 100 }) as unknown as NodeJS.WriteStream,
    shown: () => String(stream.read() ?? ''),
  }
}

describe('the line of a solve', () => {
  const progress = (elapsedMs: number, gap: number) => ({ elapsedMs, gap, iterations: 12, passes: 3 })

  it('appears once a solve takes long, and goes with it', () => {
    const { stream, shown } = terminal()
    const line = solveLine(stream, true, 1e-8)!
    line.onProgress(progress(100, Number.POSITIVE_INFINITY))
    expect(shown()).toBe('')
    line.onProgress(progress(900, Number.POSITIVE_INFINITY))
    expect(shown()).toContain('0.9 s, gap unknown (to prove: 1e-8), 12 iterations, 3 passes')
    line.onProgress(progress(1800, 2.5e-4))
    line.stop()
    expect(shown()).toContain('1.8 s, gap 2.5e-4')
  })

  it('is never there where nobody looks or nobody asked', () => {
    expect(solveLine(terminal(false).stream, true, 1e-8)).toBeUndefined()
    expect(solveLine(terminal().stream, false, 1e-8)).toBeUndefined()
    const { stream, shown } = terminal()
    solveLine(stream, true, 1e-8)!.stop()
    expect(shown()).toBe('')
  })
})

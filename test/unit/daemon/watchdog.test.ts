import { describe, expect, it } from 'vitest'
import { type Stopwatch, startWatchdog } from '#daemon/watchdog.js'
import type { Log } from '#ports/log.js'

/** A stopwatch moved by hand; `stall` passes time without the loop turning. */
function handStopwatch(): Stopwatch & { advance(ms: number): Promise<void>; stall(ms: number): void } {
  let now = 0
  let waiting: { at: number; callback: () => void }[] = []
  const fire = async (): Promise<void> => {
    for (;;) {
      const next = waiting.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) return
      waiting = waiting.filter((row) => row !== next)
      next.callback()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return {
    nowMs: () => now,
    after: (delayMs, callback) => {
      const row = { at: now + delayMs, callback }
      waiting.push(row)
      return () => {
        waiting = waiting.filter((other) => other !== row)
      }
    },
    advance: async (ms) => {
      for (const end = now + ms; now < end; ) {
        now += 1
        await fire()
      }
    },
    stall: (ms) => {
      now += ms
    },
  }
}

function fixture(probe: () => Promise<void> = async () => undefined) {
  const stopwatch = handStopwatch()
  const fedAt: number[] = []
  const warnings: string[] = []
  const say = (_fields: unknown, message: string): void => void warnings.push(message)
  const log: Log = { debug: say, info: say, warn: say, error: say, child: () => log }
  const stop = startWatchdog({ intervalMs: 300, feed: () => fedAt.push(stopwatch.nowMs()), probe, log, stopwatch })
  return { stopwatch, fedAt, warnings, stop }
}

describe('the watchdog', () => {
  it('is fed three times an interval while all is well', async () => {
    const { stopwatch, fedAt, warnings } = fixture()
    await stopwatch.advance(600)
    expect(fedAt).toEqual([100, 200, 300, 400, 500, 600])
    expect(warnings).toEqual([])
  })

  it('is not fed by a loop that is late by more than a sixth of the interval, and is fed again after it', async () => {
    const { stopwatch, fedAt, warnings } = fixture()
    await stopwatch.advance(99)
    stopwatch.stall(51)
    await stopwatch.advance(1) // due at 100, noticed at 151
    expect(fedAt).toEqual([])
    expect(warnings).toEqual(['the event loop is late; watchdog not fed'])
    await stopwatch.advance(100)
    expect(fedAt).toEqual([251])
  })

  it('forgives a loop that is late by exactly a sixth', async () => {
    const { stopwatch, fedAt } = fixture()
    await stopwatch.advance(99)
    stopwatch.stall(50)
    await stopwatch.advance(1)
    expect(fedAt).toEqual([150])
  })

  it('is not fed while the journal does not commit', async () => {
    let broken = true
    const { stopwatch, fedAt, warnings } = fixture(async () => {
      if (broken) throw new Error('disk full')
    })
    await stopwatch.advance(300)
    expect(fedAt).toEqual([])
    expect(warnings).toHaveLength(3)
    broken = false
    await stopwatch.advance(100)
    expect(fedAt).toEqual([400])
  })

  it('is not fed by a journal that hangs, asks it only once, and does not count its late answer', async () => {
    const answers: (() => void)[] = []
    const { stopwatch, fedAt } = fixture(() => new Promise((resolve) => answers.push(resolve)))
    await stopwatch.advance(350)
    expect(answers).toHaveLength(1)
    answers[0]?.()
    await stopwatch.advance(10)
    expect(fedAt).toEqual([])
    await stopwatch.advance(45) // the next look, at 400
    expect(answers).toHaveLength(2)
    answers[1]?.()
    await stopwatch.advance(1)
    expect(fedAt).toHaveLength(1)
  })

  it('is fed no more once stopped, not even by a probe that was under way', async () => {
    const answers: (() => void)[] = []
    const { stopwatch, fedAt, stop } = fixture(() => new Promise((resolve) => answers.push(resolve)))
    await stopwatch.advance(120)
    stop()
    answers[0]?.()
    await stopwatch.advance(500)
    expect(fedAt).toEqual([])
    expect(answers).toHaveLength(1)
  })

  it('runs on the real clock when none is given', async () => {
    const log: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => log }
    const fed = await new Promise<boolean>((resolve) => {
      const stop = startWatchdog({
        intervalMs: 60,
        probe: async () => undefined,
        log,
        feed: () => {
          stop()
          resolve(true)
        },
      })
    })
    expect(fed).toBe(true)
  })
})

import { describe, expect, it } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { hearRegimes } from '#daemon/wired/regimes.js'
import type { RegimeReading } from '#domain/regime/multiplier.js'
import { silentLog } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import { portfolioId } from '#units/ids.js'
import { instant, toIso } from '#units/time.js'

const NOW = instant(Date.parse('2026-03-02T15:00:00Z'))
const CORE = portfolioId('core')

describe('readings on the bus', () => {
  const listening = () => {
    const bus = memoryBus()
    const taken: { channel: string; reading: RegimeReading }[] = []
    let invalid = 0
    const regimes = {
      heard: (channel: string, reading: RegimeReading) => {
        taken.push({ channel, reading })
        return Promise.resolve()
      },
    }
    const metrics = {
      count: () => (invalid += 1),
      gauge: () => undefined,
      observe: () => undefined,
    } as unknown as Metrics
    const engine = { regimes, portfolios: [CORE] } as unknown as Parameters<typeof hearRegimes>[0]['engine']
    const end = hearRegimes({
      bus,
      engine,
      clock: { now: () => NOW, wake: () => () => undefined },
      log: silentLog,
      metrics,
    })
    const say = async (subject: string, body: unknown): Promise<void> => {
      bus.publish(subject, typeof body === 'string' ? body : JSON.stringify(body))
      await new Promise((resolve) => setImmediate(resolve))
    }
    return { say, taken, invalid: () => invalid, end }
  }
  const message = (changes: object = {}) => ({ regime: 'choppy', confidence: 0.81, ts: toIso(NOW), ...changes })

  it('are taken as they are spelled in the design, with their channel', async () => {
    const { say, taken, invalid, end } = listening()
    await say('signal.v1.regime.us-equities', message())
    expect(taken).toEqual([{ channel: 'us-equities', reading: { regime: 'CHOPPY', confidence: 0.81, at: NOW } }])
    expect(invalid()).toBe(0)
    end()
    await say('signal.v1.regime.us-equities', message())
    expect(taken).toHaveLength(1)
  })

  it.each([
    ['no JSON', 'choppy'],
    ['no object', '[1]'],
    ['an unknown regime', message({ regime: 'sideways' })],
    ['a regime in capitals', message({ regime: 'CHOPPY' })],
    ['a confidence beyond 1', message({ confidence: 1.01 })],
    ['a time that is none', message({ ts: 'yesterday' })],
    ['another field', message({ note: 'x' })],
    ['a time to come', message({ ts: toIso(instant(NOW + 60_001)) })],
  ])('with %s are counted and left', async (_, body) => {
    const { say, taken, invalid, end } = listening()
    await say('signal.v1.regime.us', body)
    expect(taken).toHaveLength(0)
    expect(invalid()).toBe(1)
    end()
  })

  it('may be of a clock that is a little ahead', async () => {
    const { say, taken, end } = listening()
    await say('signal.v1.regime.us', message({ ts: toIso(instant(NOW + 60_000)) }))
    expect(taken).toHaveLength(1)
    end()
  })
})

describe('levels of a volatility index on the bus', () => {
  it.each([
    [{ level: 23.2, ts: toIso(NOW) }, 1],
    [{ level: 0, ts: toIso(NOW) }, 0],
    [{ level: '23', ts: toIso(NOW) }, 0],
    [{ level: 23, ts: toIso(instant(NOW + 61_000)) }, 0],
    ['wild', 0],
  ])('%j is taken %d times', async (body, times) => {
    const bus = memoryBus()
    const taken: unknown[] = []
    let invalid = 0
    const heard = (channel: string, reading: unknown) => Promise.resolve(void taken.push({ channel, reading }))
    const engine = { regimes: { volatility: { heard } }, portfolios: [CORE] }
    hearRegimes({
      ...{ bus, log: silentLog, clock: { now: () => NOW, wake: () => () => undefined } },
      engine: engine as unknown as Parameters<typeof hearRegimes>[0]['engine'],
      metrics: { count: () => (invalid += 1) } as unknown as Metrics,
    })
    bus.publish('signal.v1.volatility.vix', typeof body === 'string' ? body : JSON.stringify(body))
    await new Promise((resolve) => setImmediate(resolve))
    expect([taken.length, invalid]).toEqual([times, 1 - times])
    if (times === 1) expect(taken).toEqual([{ channel: 'vix', reading: { level: 23.2, at: NOW } }])
  })
})

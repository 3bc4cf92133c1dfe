import { describe, expect, it } from 'vitest'
import { sessionMarket } from '#daemon/session-market.js'
import { isVolatile, type MarketRegime } from '#domain/regime/regime.js'
import { thresholdsOf } from '#domain/regime/thresholds.js'
import { regimesOf } from '#domain/regime/transitions.js'
import type { SessionBars } from '#ports/market-feed.js'
import { Regimes } from '#runtime/regimes.js'
import { instrumentId } from '#units/ids.js'
import { addDays, type Instant, later } from '#units/time.js'
import { SESSION, START } from '../../machine/fixtures.js'
import { simulatedBars } from '../../support/regime-bars.js'
import { regimeByBus, regimeByDetector } from '../../support/regime-policy.js'
import { suiteTempDir } from '../../support/temp-dir.js'
import { CORE, created, OTHER, openHost } from './fixtures.js'

const DAY = 86_400_000
const AAA = instrumentId('AAA')
const FIRST = START

/** A calm year that turns wild, a session a day. */
const BARS = simulatedBars(12, [
  { bars: 220, volatility: 0.006 },
  { bars: 60, volatility: 0.03 },
])
const SESSIONS: readonly SessionBars[] = BARS.map(({ close }, at) => ({
  session: addDays(SESSION, at),
  at: later(FIRST, at * DAY),
  closes: { [AAA]: close.toFixed(8) },
}))

describe('readings of the regime', () => {
  const dir = suiteTempDir()
  let count = 0
  const opened = async (policies: Parameters<typeof created>[1] = {}, keep?: number) => {
    count += 1
    const hosted = openHost(`${dir}/${count}`)
    await hosted.host.deliver(CORE, created(CORE, policies), 'config')
    const market = sessionMarket({ barSize: '1d', instruments: [AAA] }, keep)
    const regimes = new Regimes({ host: hosted.host, market, clock: hosted.clock })
    const look = async (bars: SessionBars): Promise<void> => {
      market.advance(bars)
      hosted.clock.advanceTo(bars.at)
      await regimes.look([CORE])
    }
    const reads = () =>
      hosted.journal.entries(CORE, 1, 10_000).flatMap(({ event }) => (event.type === 'regimeRead' ? [event] : []))
    return { ...hosted, regimes, look, reads, market }
  }

  it('of the detector follow the closes of its instrument, and only news is journaled', async () => {
    const { look, reads, host, journal } = await opened({ regime: regimeByDetector('AAA') })
    for (const bars of SESSIONS) await look(bars)
    const closes = SESSIONS.map(({ session, closes }) => {
      const close = Number(closes[AAA])
      return { label: session, high: close, low: close, close }
    })
    const whole = regimesOf(closes, '1d', 'closes')
    if (!whole.ok) throw new Error('refused')
    expect(host.snapshot(CORE)?.context.regime).toMatchObject({ regime: whole.value.regimes.at(-1), because: 'regime' })
    expect(isVolatile(whole.value.regimes.at(-1)!)).toBe(true)
    const told = reads()
    expect(told.length).toBeGreaterThan(5)
    expect(told.length).toBeLessThan(SESSIONS.length / 1.5)
    // Every regime that was told is what a detector says that has seen all bars from the first.
    for (const { reading } of told) {
      const index = SESSIONS.findIndex(({ at }) => at === reading.at)
      expect(reading.regime).toBe(whole.value.regimes[index])
    }
    await journal.close()
  })

  it('need no more sessions than it remembers, and none of its own memory', async () => {
    const { memory, hold } = thresholdsOf('1d', 'closes')
    const whole = await opened({ regime: regimeByDetector('AAA') })
    for (const bars of SESSIONS) await whole.look(bars)
    const late = await opened({ regime: regimeByDetector('AAA') }, memory + hold)
    for (const bars of SESSIONS.slice(0, -1)) late.market.advance(bars)
    late.clock.advanceTo(SESSIONS.at(-1)!.at)
    await late.look(SESSIONS.at(-1)!)
    expect(late.reads().at(-1)?.reading).toMatchObject({
      regime: whole.host.snapshot(CORE)?.context.regime?.regime,
    })
    await Promise.all([whole.journal.close(), late.journal.close()])
  })

  it('are made once a session, and not before there are closes enough', async () => {
    const { look, reads, regimes, journal } = await opened({ regime: regimeByDetector('AAA') })
    for (const bars of SESSIONS.slice(0, 60)) await look(bars)
    expect(reads()).toHaveLength(0)
    await look(SESSIONS[60]!)
    expect(reads()).toHaveLength(1)
    await regimes.look([CORE])
    expect(reads()).toHaveLength(1)
    await journal.close()
  })

  it('on a channel reach the portfolios that listen to it', async () => {
    const { host, regimes, journal } = await opened({ regime: regimeByBus() })
    await host.deliver(
      OTHER,
      created(OTHER, { regime: regimeByBus({ from: { source: 'bus', channel: 'crypto' } }) }),
      'c',
    )
    const say = (regime: MarketRegime, channel = 'us', at: Instant = FIRST) =>
      regimes.heard(channel, { regime, confidence: 0.8, at }, [CORE, OTHER])
    await say('CHOPPY')
    await say('TRENDING', 'crypto')
    await say('QUIET_CHOPPY', 'nobody')
    expect(host.snapshot(CORE)?.context.regime).toMatchObject({ regime: 'CHOPPY', multiplier: 0.7 })
    expect(host.snapshot(OTHER)?.context.regime).toMatchObject({ regime: 'TRENDING', multiplier: 1.2 })
    const { seq } = journal.head(CORE)
    await say('CHOPPY', 'us', later(FIRST, 60_000))
    expect(journal.head(CORE).seq).toBe(seq)
    await journal.close()
  })
})

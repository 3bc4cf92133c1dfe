import { connect } from 'nats'
import { expect, it, onTestFinished } from 'vitest'
import { subjects } from '#adapters/wire/subjects.js'
import type { StatusRow } from '#daemon/queries/status.js'
import { withNats } from '../support/nats-server.js'
import { tempDir } from '../support/temp-dir.js'
import { openRig } from '../support/wire-rig.js'
import { ballast, dataOf } from './cli-process.js'

const CORE = `version: 1
id: core
initial_cash: "1000000.00"
universe: {symbols: [ALFA, BRAVO]}
targets: {source: fixed, weights: {ALFA: 0.1, BRAVO: 0.1}, cash: 0.8}
regime: {source: bus, channel: us-equities, max_age: 1h}
`

withNats('readings of a detector outside, over NATS (skipped without nats-server)', () => {
  it('reach the daemon’s portfolios, and what a person says takes their place', async () => {
    const rig = await openRig(tempDir(), { sessions: 30, clock: 'system', portfolios: { core: CORE } })
    const daemon = rig.daemon()
    const detector = await connect({ servers: rig.nats.url })
    const heard: unknown[] = []
    onTestFinished(async () => {
      daemon.child.kill('SIGKILL')
      await daemon.ended
      await detector.close()
      await rig.nats.stop()
    })
    await daemon.said('"msg":"serving"')
    detector.subscribe('ballast.v1.evt.core.regime', {
      callback: (_, message) => void heard.push(JSON.parse(message.string())),
    })
    const status = async (): Promise<StatusRow['regime']> => {
      const asked = await ballast(['status', 'core', '--nats', rig.nats.url, '-o', 'json'])
      return asked.code === 0 ? dataOf<StatusRow>(asked).regime : null
    }
    const say = (regime: string): void =>
      detector.publish(
        subjects.regime('us-equities'),
        new TextEncoder().encode(JSON.stringify({ regime, confidence: 0.81, ts: new Date().toISOString() })),
      )
    // It says so until it is heard: the daemon may not have subscribed yet, and detectors repeat themselves.
    await expect
      .poll(
        async () => {
          detector.publish(subjects.regime('us-equities'), new TextEncoder().encode('sideways'))
          say('choppy')
          return (await status())?.regime
        },
        { timeout: 45_000, interval: 500 },
      )
      .toBe('CHOPPY')
    expect(await status()).toMatchObject({
      multiplier: 0.7,
      because: 'regime',
      reading: { source: 'bus', confidence: 0.81 },
    })
    const set = [
      'regime',
      'set',
      'core',
      'quiet-choppy',
      '--for',
      '2h',
      '--reason',
      'detector looks odd',
      '--nats',
      rig.nats.url,
    ]
    expect(dataOf(await ballast([...set, '-o', 'json']))).toMatchObject({
      regime: 'QUIET_CHOPPY',
      multiplier: 0.5,
      duplicate: false,
    })
    expect(await status()).toMatchObject({ because: 'override', override: { reason: 'detector looks odd' } })
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2)
    expect(heard.at(-1)).toMatchObject({ to: 'QUIET_CHOPPY', multiplier: 0.5, because: 'override' })
  }, 120_000)
})

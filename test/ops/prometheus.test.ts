import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startBallast } from '../support/ballast-process.js'
import { natsMissing } from '../support/nats-server.js'
import { either, testUnless } from '../support/needed.js'
import { writeScenario } from '../support/scenario.js'
import { tempDir } from '../support/temp-dir.js'
import { openRig } from '../support/wire-rig.js'
import { unanswered } from './answers.js'
import { mayBeAbsent, toolOf } from './monitoring.js'

const prometheus = toolOf('prometheus')

/**
 * What a daemon that replays prices in one process has no numbers for, and a daemon on NATS has.
 */
const ONLY_OVER_NATS = {
  metrics: ['ballast_clock_skew_seconds', 'ballast_nats_connected', 'ballast_session_return_ratio'],
  panels: [
    'ballast-execution: Gateway latency A',
    'ballast-execution: Gateway latency B',
    'ballast-execution: Gateway latency C',
    'ballast-overview: Clock skew A',
    'ballast-overview: NATS A',
    'ballast-overview: Return of the session A',
  ],
  selectors: [
    'BallastDailyLoss: ballast_session_return_ratio',
    'BallastMarketDataStale: ballast_market_data_last_timestamp_seconds{feed="bus"}',
    'BallastMarketDataStale: ballast_nats_connected',
    'BallastNatsDisconnected: ballast_nats_connected',
  ],
}

/** What a daemon on NATS has no numbers for: the replay of prices in its own process. */
const ONLY_EMBEDDED = { metrics: [], panels: [], selectors: [] }

/** Candidates have figures once there is one. */
const giveCandidate = (dir: string): void =>
  appendFileSync(join(dir, 'portfolios', 'fixed.yaml'), 'shadow: {orders: {min_order: "500.00"}}\n')

describe('a real Prometheus over a real daemon', () => {
  it.skipIf(mayBeAbsent(prometheus))(
    'answers every dashboard query and finds every series that an alert watches (skipped without Prometheus)',
    async () => {
      const dir = tempDir()
      const { config } = writeScenario(dir, { sessions: 70, onEnd: 'stay', speed: 10, regime: true })
      giveCandidate(dir)
      const daemon = startBallast(['serve', '--config', config])
      onTestFinished(async () => {
        daemon.child.kill('SIGKILL')
        await daemon.ended
      })
      await daemon.said('"msg":"serving"')
      const target = /"http":"([^"]+)"/.exec(daemon.output())![1]!
      const played = daemon.said('"msg":"feed ended"')
      const silent = await unanswered({ program: prometheus!, dir: tempDir(), target, played })
      expect(silent).toEqual(ONLY_OVER_NATS)
      expect(daemon.output()).not.toContain('measurement dropped')
    },
    120_000,
  )

  testUnless(
    either(
      mayBeAbsent(prometheus) ? 'prometheus is missing: install the Debian package prometheus' : null,
      natsMissing(),
    ),
  )(
    'is answered in full by a daemon on NATS (skipped without Prometheus or nats-server)',
    async () => {
      const rig = await openRig(tempDir(), { sessions: 70, clock: 'system', regime: true })
      giveCandidate(rig.dir)
      const processes = [rig.gateway(), rig.daemon()]
      onTestFinished(async () => {
        for (const { child } of processes) child.kill('SIGKILL')
        await Promise.all(processes.map(({ ended }) => ended))
        await rig.nats.stop()
      })
      await Promise.all(processes.map((row) => row.said('"msg":"serving"')))
      const target = /"http":"([^"]+)"/.exec(processes[1]!.output())![1]!
      const start = rig.history.sessions[44]!.session
      const feed = rig.feed(['--start', start, '--speed', '2'])
      processes.push(feed)
      const silent = await unanswered({
        program: prometheus!,
        dir: tempDir(),
        target,
        played: feed.said('"msg":"feed ended"'),
      })
      expect(silent).toEqual(ONLY_EMBEDDED)
      expect(processes[1]!.output()).not.toContain('measurement dropped')
    },
    120_000,
  )
})

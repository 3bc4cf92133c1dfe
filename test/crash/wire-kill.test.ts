import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'nats'
import { expect, it, onTestFinished } from 'vitest'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import type { BallastProcess } from '../support/ballast-process.js'
import { withNats } from '../support/nats-server.js'
import { seededRandom } from '../support/prices.js'
import { freshDir } from '../support/temp-dir.js'
import { openRig, type Rig } from '../support/wire-rig.js'
import { endOf } from './examine.js'

/** Kills in all; a campaign has more: `npm run crash -- --cycles 1000`. */
const KILLS = Number(process.env.BALLAST_KILLS ?? 9)
const SEED = Number(process.env.BALLAST_SEED ?? 20261122)
const SESSIONS = 60
/** A history that does not end within this time after the last kill is stuck, milliseconds. */
const STUCK_MS = 120_000
const VICTIMS = ['daemon', 'gateway', 'nats-server'] as const

/** Everything of one rig that runs, and how to end it. */
class Play {
  readonly readyMs: number[] = []
  daemon: BallastProcess
  gateway: BallastProcess
  feed: BallastProcess

  private constructor(private readonly rig: Rig) {
    this.gateway = rig.gateway()
    this.daemon = rig.daemon()
    this.feed = rig.feed(['--once'])
  }

  static async open(rig: Rig): Promise<Play> {
    const play = new Play(rig)
    onTestFinished(() => play.end('SIGKILL'))
    await Promise.all([play.gateway.said('"serving"'), play.daemon.said('"serving"')])
    return play
  }

  /** Ends one of them with SIGKILL and starts it again. */
  async kill(victim: (typeof VICTIMS)[number]): Promise<void> {
    if (victim === 'nats-server') return this.rig.nats.restart()
    this[victim].child.kill('SIGKILL')
    await this[victim].ended
    if (victim === 'daemon') this.acknowledgedIsBooked()
    const started = performance.now()
    this[victim] = this.rig[victim]()
    await this[victim].said('"serving"')
    if (victim === 'daemon') this.readyMs.push(performance.now() - started)
  }

  private heard = 0
  private readonly waiting: { readonly until: number; readonly resolve: () => void }[] = []

  /** An order or a report went over the wire. */
  traffic(): void {
    this.heard += 1
    for (const { until, resolve } of this.waiting) if (this.heard >= until) resolve()
  }

  /** Resolves when that many more orders and reports have been on the wire. */
  messages(count: number): Promise<void> {
    return new Promise((resolve) => this.waiting.push({ until: this.heard + count, resolve }))
  }

  /** Executions a daemon has answered for, as anybody on the wire could hear. */
  readonly acknowledged = new Set<string>()

  /** Invariant I9: what was acknowledged is on disk, without help from the gateway. */
  private acknowledgedIsBooked(): void {
    const journal = openJournalForReading({ dir: join(this.rig.state, 'journal') })
    const booked = new Set<string>(
      journal.portfolios().flatMap((id) => journal.executions(id).map((execution) => execution.id)),
    )
    expect([...this.acknowledged].filter((id) => !booked.has(id))).toEqual([])
    void journal.close()
  }

  /** The last words of everybody. */
  said(): string {
    const all = { feed: this.feed, daemon: this.daemon, gateway: this.gateway }
    return Object.entries(all)
      .map(([name, { output }]) => `${name}:\n${output().split('\n').slice(-12).join('\n')}`)
      .join('\n')
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const all = [this.daemon, this.gateway, this.feed]
    for (const { child } of all) child.kill(signal)
    await Promise.all(all.map(({ ended }) => ended))
  }
}

/** Hears which executions are acknowledged: each report's inbox, and what is said there. */
async function listen(rig: Rig, play: Play): Promise<void> {
  const wire = await connect({ servers: rig.nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 })
  onTestFinished(() => wire.close())
  const asked = new Map<string, string>()
  wire.subscribe('exec.v1.*.submit', { callback: () => play.traffic() })
  wire.subscribe('ballast.v1.exec.report.*', {
    callback: (_error, message) => {
      play.traffic()
      if (message.reply !== undefined) asked.set(message.reply, message.json<{ execution_id: string }>().execution_id)
    },
  })
  wire.subscribe('_INBOX.>', {
    callback: (_error, message) => {
      const id = asked.get(message.subject)
      if (id === undefined) return
      asked.delete(message.subject)
      if (message.string().startsWith('{"ok":true')) play.acknowledged.add(id)
    },
  })
  await wire.flush()
}

/** Plays the scenario to its end, killing as `next` says until it says no more. */
async function played(
  dir: string,
  next: () => { victim: (typeof VICTIMS)[number]; messages: number; afterMs: number } | null,
) {
  const rig = await openRig(dir, { sessions: SESSIONS })
  onTestFinished(() => rig.nats.stop())
  const play = await Play.open(rig)
  await listen(rig, play)
  let over = false
  const ended = play.feed.ended.then((code) => {
    over = true
    return code
  })
  for (let kill = next(); kill !== null && !over; kill = over ? null : next()) {
    await Promise.race([play.messages(kill.messages), ended])
    await Promise.race([sleep(kill.afterMs), ended])
    if (!over) await play.kill(kill.victim)
  }
  const finished = await Promise.race([ended, sleep(STUCK_MS, 'stuck', { ref: false })])
  expect(finished, play.said()).toBe(0)
  await play.end('SIGTERM')
  const end = await endOf(rig.state, join(dir, 'gateway', 'venue'))
  return { ...end, readyMs: play.readyMs, acknowledged: play.acknowledged.size }
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0

withNats('kill -9 of daemon, gateway and nats-server in turn', () => {
  it(
    `changes nothing: after ${KILLS} kills books, orders and executions are those of an undisturbed run`,
    async () => {
      const { path, remove } = freshDir()
      const random = seededRandom(SEED)
      const undisturbed = await played(join(path, 'calm'), () => null)
      expect(undisturbed.acceptedOnce && undisturbed.everyExecution).toBe(true)
      expect(undisturbed.ends.flatMap((end) => end.orders).length).toBeGreaterThan(50)
      expect(undisturbed.acknowledged).toBeGreaterThan(50)

      let kills = 0
      let interrupted = 0
      const readyMs: number[] = []
      for (let history = 0; kills < KILLS; history += 1) {
        const end = await played(join(path, `disturbed-${history}`), () => {
          if (kills >= KILLS) return null
          const victim = VICTIMS[kills % VICTIMS.length]!
          kills += 1
          return { victim, messages: Math.floor(random() * 6), afterMs: random() * 20 }
        })
        interrupted += end.interrupted
        readyMs.push(...end.readyMs)
        const place = `seed ${SEED}, history ${history}, ${kills} kills`
        expect(end.ends, place).toEqual(undisturbed.ends)
        expect(end.acceptedOnce, place).toBe(true)
        expect(end.everyExecution, place).toBe(true)
        expect(end.ends.every((row) => row.verified)).toBe(true)
      }
      const p50 = percentile(readyMs, 0.5).toFixed(0)
      const p99 = percentile(readyMs, 0.99).toFixed(0)
      process.stdout.write(
        `${kills} kills in turn, ${interrupted} portfolios interrupted in a run, daemon back to READY p50 ${p50} ms, p99 ${p99} ms, seed ${SEED}\n`,
      )
      expect(interrupted, 'kills must hit portfolios in the middle of a run').toBeGreaterThan(KILLS / 10)
      remove()
    },
    6 * 3_600_000,
  )
})

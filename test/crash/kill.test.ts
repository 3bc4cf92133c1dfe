import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { recoverState } from '#runtime/recover.js'
import { encode } from '#units/canonical.js'
import { instant } from '#units/time.js'
import { startBallast } from '../support/ballast-process.js'
import { seededRandom } from '../support/prices.js'
import { writeScenario } from '../support/scenario.js'
import { freshDir } from '../support/temp-dir.js'

/** Kills in all; a campaign sets more: `BALLAST_KILLS=1000 npm test -- test/crash`. */
const KILLS = Number(process.env.BALLAST_KILLS ?? 30)
const SEED = Number(process.env.BALLAST_SEED ?? 20261122)

/** Events after which a portfolio is in the middle of a run. */
const MID_RUN: ReadonlySet<string> = new Set(['triggered', 'solved', 'observed', 'orderNews', 'filled'])

/** What must not depend on where the process was killed. */
interface End {
  readonly portfolio: string
  readonly book: string
  readonly orders: readonly string[]
  readonly executions: string
  readonly verified: boolean
}

interface Examined {
  readonly ends: readonly End[]
  readonly acceptedOnce: boolean
  /** Restarts that found a portfolio in the middle of a run. */
  readonly interrupted: number
}

async function endOf(state: string): Promise<Examined> {
  const journal = openJournal({ dir: join(state, 'journal') })
  const ends = journal.portfolios().map((portfolio) => {
    const { snapshot } = recoverState(portfolio, journal.recover(portfolio))
    const orders = journal.runs(portfolio).flatMap((run) => Object.values(run.orders))
    return {
      portfolio,
      book: encode(snapshot.context.book),
      orders: orders.map((order) => `${order.id} ${order.status} ${order.cumulative}`).sort(),
      executions: encode([...journal.executions(portfolio)].sort((a, b) => (a.id < b.id ? -1 : 1))),
      verified: journal.verify(portfolio).ok,
    }
  })
  const interrupted = journal.portfolios().reduce((sum, portfolio) => {
    const entries = journal.entries(portfolio, 1, 1_000_000)
    return (
      sum +
      entries.filter(({ event }, at) => event.type === 'opened' && MID_RUN.has(entries[at - 1]?.event.type ?? ''))
        .length
    )
  }, 0)
  await journal.close()
  const venue = openPaperVenue({ dir: join(state, 'venue'), clock: virtualClock(instant(0)) })
  const acceptances = venue.acceptances()
  const accepted = new Set(acceptances.map((row) => row.orderId as string))
  const acceptedOnce =
    acceptances.every((row) => row.times === 1) &&
    ends.every((end) => end.orders.every((order) => accepted.has(order.split(' ')[0]!)))
  await venue.close()
  return { ends, acceptedOnce, interrupted }
}

const serve = (config: string, state: string) => startBallast(['serve', '-c', config, '--state', state])

describe('kill -9', () => {
  it(
    `changes nothing: after ${KILLS} kills at random moments books, orders and executions are those of an undisturbed run`,
    async () => {
      const { path, remove } = freshDir()
      const random = seededRandom(SEED)
      const { config } = writeScenario(path)
      const calm = join(path, 'calm')
      expect(await serve(config, calm).ended).toBe(0)
      const undisturbed = await endOf(calm)
      expect(undisturbed.acceptedOnce).toBe(true)
      expect(undisturbed.ends.flatMap((end) => end.orders).length).toBeGreaterThan(50)

      let kills = 0
      let interrupted = 0
      for (let history = 0; kills < KILLS; history += 1) {
        const state = join(path, `disturbed-${history}`)
        for (let ended: number | null = null; ended === null; ) {
          const ballast = serve(config, state)
          if (kills < KILLS) {
            if (random() < 0.75) await ballast.said('"serving"').catch(() => undefined)
            await Promise.race([sleep(random() * 400), ballast.ended])
            if (ballast.child.exitCode === null) ballast.child.kill('SIGKILL')
          }
          ended = await ballast.ended
          if (ended === null) kills += 1
          else expect(ended, ballast.output()).toBe(0)
        }
        const end = await endOf(state)
        interrupted += end.interrupted
        expect(end.acceptedOnce, `seed ${SEED}`).toBe(true)
        expect(end.ends, `seed ${SEED}, history ${history}, ${kills} kills`).toEqual(undisturbed.ends)
        expect(end.ends.every((row) => row.verified)).toBe(true)
      }
      process.stdout.write(
        `${kills} kills, ${interrupted} portfolios interrupted in the middle of a run, seed ${SEED}\n`,
      )
      expect(interrupted).toBeGreaterThan(KILLS / 10)
      remove()
    },
    15 * 60_000,
  )
})

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { startBallast } from '../support/ballast-process.js'
import { seededRandom } from '../support/prices.js'
import { writeScenario } from '../support/scenario.js'
import { freshDir } from '../support/temp-dir.js'
import { endOf } from './examine.js'

/** Kills in all; a campaign has more: `npm run crash -- --cycles 1000`. */
const KILLS = Number(process.env.BALLAST_KILLS ?? 30)
const SEED = Number(process.env.BALLAST_SEED ?? 20261122)

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
        expect(end.everyExecution, `seed ${SEED}`).toBe(true)
        expect(end.ends, `seed ${SEED}, history ${history}, ${kills} kills`).toEqual(undisturbed.ends)
        expect(end.ends.every((row) => row.verified)).toBe(true)
      }
      process.stdout.write(
        `${kills} kills, ${interrupted} portfolios interrupted in the middle of a run, seed ${SEED}\n`,
      )
      expect(interrupted).toBeGreaterThan(KILLS / 10)
      remove()
    },
    6 * 3_600_000,
  )
})

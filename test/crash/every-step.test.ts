import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { startBallast } from '../support/ballast-process.js'
import { writeScenario } from '../support/scenario.js'
import { freshDir } from '../support/temp-dir.js'
import { endOf } from './examine.js'

/** Kill points tried, spread evenly over the run; a campaign tries all of them: `npm run crash -- --steps all`. */
const STEPS = process.env.BALLAST_STEPS ?? '8'

const preload = fileURLToPath(new URL('./kill-at/preload.mjs', import.meta.url))
const serve = (config: string, state: string, at: string) =>
  startBallast(['serve', '-c', config, '--state', state], {
    NODE_OPTIONS: `--import=${preload}`,
    BALLAST_KILL_AT: at,
  })

/** Points before and after every transaction, or as many as asked for. */
function pointsOf(transactions: number): readonly string[] {
  const all = Array.from({ length: transactions }, (_, n) => [`${n + 1}:before`, `${n + 1}:after`]).flat()
  const wanted = STEPS === 'all' ? all.length : Math.min(all.length, Number(STEPS))
  return Array.from({ length: wanted }, (_, n) => all[Math.floor(((n + 0.5) * all.length) / wanted)]!)
}

describe('a kill at a step of the protocol', () => {
  it(
    'leaves nothing undone and does nothing twice, whichever step it was, right before it or right after',
    async () => {
      const { path, remove } = freshDir()
      const { config } = writeScenario(path, { sessions: 40 })
      const calm = serve(config, join(path, 'calm'), 'never')
      expect(await calm.ended, calm.output()).toBe(0)
      const undisturbed = await endOf(join(path, 'calm'))
      expect(undisturbed.ends.flatMap((end) => end.orders).length).toBeGreaterThan(20)
      const transactions = Number(/^(\d+) disk transactions$/m.exec(calm.output())?.[1])
      expect(transactions).toBeGreaterThan(100)

      const points = pointsOf(transactions)
      for (const point of points) {
        const state = join(path, point.replace(':', '-'))
        const killed = serve(config, state, point)
        expect(await killed.ended, `${point}: ${killed.output()}`).toBeNull()
        const again = serve(config, state, 'never')
        expect(await again.ended, `${point}: ${again.output()}`).toBe(0)
        const end = await endOf(state)
        expect(end.ends, `killed at ${point} of ${transactions}`).toEqual(undisturbed.ends)
        expect([end.acceptedOnce, end.everyExecution], `killed at ${point}`).toEqual([true, true])
      }
      process.stdout.write(`${points.length} kill points over ${transactions} disk transactions\n`)
      remove()
    },
    6 * 3_600_000,
  )
})

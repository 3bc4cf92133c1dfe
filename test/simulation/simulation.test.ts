import { describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { simulate } from './history.js'
import { PROFILES, profileOf } from './profile.js'
import { REGRESSIONS } from './regressions.js'

const solver = nativeSolver()
/** Seeds of this test; `npm run simulate` goes through as many as there is time for. */
const FROM = 1
const SEEDS = 42

const words = ({ seed, profile, violations }: Awaited<ReturnType<typeof simulate>>): string[] =>
  violations.map(({ invariant, at, what }) => `seed ${seed} (${profile}) ${invariant} at ${at} ms: ${what}`)

describe('a simulated history', () => {
  it(`breaks no invariant, in any of seeds ${FROM} to ${FROM + SEEDS - 1}`, async () => {
    const totals = { runs: 0, orders: 0, lives: 0 }
    const profiles = new Set<string>()
    for (let seed = FROM; seed < FROM + SEEDS; seed += 1) {
      const outcome = await simulate({ seed, solver })
      expect(words(outcome)).toEqual([])
      for (const part of ['runs', 'orders', 'lives'] as const) totals[part] += outcome[part]
      profiles.add(outcome.profile)
    }
    // Something did happen: every kind of history, several runs each, orders, processes killed and started again.
    expect([...profiles].sort()).toEqual(Object.keys(PROFILES).sort())
    expect(totals.runs).toBeGreaterThan(3 * SEEDS)
    expect(totals.orders).toBeGreaterThan(5 * SEEDS)
    expect(totals.lives).toBeGreaterThan(2.5 * SEEDS)
  }, 300_000)

  it.each(REGRESSIONS)('keeps what seed $seed ($profile) once broke: $was', async ({ seed, profile }) => {
    expect(words(await simulate({ seed, profile, solver }))).toEqual([])
  })

  it('is the same to the byte when it is lived through again, and another for another seed (I10)', async () => {
    const seeds = [1, 2, 3, 4].filter((seed) => profileOf(seed) === 'storm')
    expect(seeds.length).toBeGreaterThan(1)
    const heads = async (seed: number) => {
      const lines: string[] = []
      const outcome = await simulate({ seed, solver, trace: (at, line) => lines.push(`${at} ${line}`) })
      return { outcome, lines }
    }
    const [first, other] = [await heads(seeds[0]!), await heads(seeds[1]!)]
    expect(await heads(seeds[0]!)).toEqual(first)
    expect(Object.keys(first.outcome.heads)).toHaveLength(2)
    expect(other.outcome.heads).not.toEqual(first.outcome.heads)
  })
})

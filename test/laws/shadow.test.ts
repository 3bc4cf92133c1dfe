import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { ShadowRecord } from '#domain/shadow/record.js'
import type { ShadowStore } from '#ports/shadow-store.js'
import { money } from '#units/money.js'
import { type Candidate, lived } from './shadow-history.js'

/** Whole histories: a few of them see every kind of run, and a smaller seed is no smaller history. */
const HISTORIES = { numRuns: 2, endOnFailure: true }
/** They are lived to their ends on real journals. */
const PATIENCE = { timeout: 240_000 }

const seeds = fc.integer({ min: 1, max: 1_000_000 })

const same: Candidate = (live) => live

/** Candidates that differ in where they want to be, in how they get there, in what is let through. */
const others: readonly Candidate[] = [
  (live) => ({ ...live, orders: { ...live.orders, minOrder: money('20000') } }),
  (live) => ({ ...live, governance: [{ name: 'position-limit', params: { max: 0.1 } }] }),
  (live) => ({ ...live, targets: { name: 'inverse-volatility', params: {}, cashReserve: 0.05, minWeight: 0 } }),
  (live) => ({ ...live, optimiser: { ...live.optimiser, bounds: { ...live.optimiser.bounds, max: 0.3 } } }),
]

describe('a candidate beside a live policy', PATIENCE, () => {
  it('that is the live policy makes the plan of every run, to its hash, whatever began it', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const { runs, records } = await lived(seed, same)
        for (const [id, rows] of Object.entries(records)) {
          expect(rows.map(({ run }) => run)).toEqual(runs[id]!.map((run) => run.id))
          expect(rows.map(({ outcome }) => outcome)).toEqual(rows.map(() => 'same'))
          expect(rows.map(({ shadow }) => shadow?.plan)).toEqual(runs[id]!.map(({ plan }) => plan?.hash ?? null))
          for (const { live, shadow } of rows) expect(shadow).toEqual(live)
        }
        const kinds = new Set(Object.values(runs).flatMap((rows) => rows.map(({ trigger }) => trigger.kind)))
        expect([...kinds].sort()).toEqual(['calendar', 'cash', 'drift', 'manual', 'targets'])
      }),
      HISTORIES,
    )
  })

  it('leaves no trace in the journals: every chain is what it is without one, to the byte', async () => {
    await fc.assert(
      fc.asyncProperty(seeds, fc.constantFrom(same, ...others), async (seed, candidate) => {
        const [alone, beside] = [await lived(seed, null), await lived(seed, candidate)]
        expect(beside.heads).toEqual(alone.heads)
        for (const [id, rows] of Object.entries(beside.records)) {
          expect(rows.map(({ run }) => run)).toEqual(alone.runs[id]!.map((run) => run.id))
          expect(rows.filter(({ outcome }) => outcome === 'failed' || outcome === 'dropped')).toEqual([])
        }
      }),
      HISTORIES,
    )
  })

  it.each(others.map((candidate, index) => [index, candidate] as const))(
    'that is another one is told from the live one (%i)',
    async (_, candidate) => {
      const { records } = await lived(11, candidate)
      const outcomes = Object.values(records).flatMap((rows) => rows.map(({ outcome }) => outcome))
      expect(outcomes).toContain('differs')
    },
  )

  it('that is slow is waited for where time is simulated: none is dropped', async () => {
    const kept: ShadowRecord[] = []
    const slow: ShadowStore = {
      append: async (record) => {
        await pause(kept.length < 6 ? 500 : 0)
        kept.push(record)
      },
      read: async (id) => kept.filter(({ portfolio }) => portfolio === id),
    }
    const { runs, records } = await lived(7, same, slow)
    for (const [id, rows] of Object.entries(records)) {
      expect(rows.map(({ run }) => run)).toEqual(runs[id]!.map((run) => run.id))
      expect(rows.filter(({ outcome }) => outcome !== 'same')).toEqual([])
    }
  })

  it('that cannot be tried, or whose records cannot be kept, changes nothing of the live runs either', async () => {
    const alone = await lived(5, null)
    const unfit = (live: PortfolioPolicy): PortfolioPolicy => ({ ...live, targets: { ...live.targets, name: 'none' } })
    const broken: ShadowStore = {
      append: () => Promise.reject(new Error('no space left')),
      read: async () => [],
    }
    const tried = await lived(5, unfit)
    expect(tried.heads).toEqual(alone.heads)
    const failed = Object.values(tried.records).flatMap((rows) => rows.filter(({ outcome }) => outcome === 'failed'))
    expect(failed.length).toBeGreaterThan(5)
    for (const { error } of failed) expect(error).toMatch(/none/)
    expect(failed.some(({ live }) => live.plan !== null)).toBe(true)
    expect((await lived(5, same, broken)).heads).toEqual(alone.heads)
  })
})

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '#daemon/package-root.js'
import { startBallast } from '../support/ballast-process.js'
import { natsMissing } from '../support/nats-server.js'
import { fileMissing, testUnless } from '../support/needed.js'
import { tempDir } from '../support/temp-dir.js'

interface Summary {
  readonly ok: boolean
  readonly committed: number
  readonly report: string
  readonly portfolios: readonly {
    readonly portfolio: string
    readonly head: string
    readonly book: string
    readonly orderIds: string
    readonly orders: number
    readonly explained: number
    readonly cashDifference: string
    readonly faults: readonly string[]
  }[]
}

async function demo(...args: readonly string[]): Promise<Summary> {
  const dir = tempDir()
  const places = ['--state', join(dir, 'state'), '--report', join(dir, 'report.html'), '--listen', '127.0.0.1:0']
  const ballast = startBallast(['demo', '-o', 'json', ...places, ...args])
  expect(await ballast.ended, ballast.output()).toBe(0)
  const summary = JSON.parse(ballast.output()) as Summary
  expect(readFileSync(summary.report, 'utf8')).toContain('<svg')
  return summary
}

describe('the demo', () => {
  it('trades the shipped prices, explains every order, balances to the cent, and ends the same twice', async () => {
    const [first, second] = [await demo(), await demo()]
    expect(first.ok).toBe(true)
    expect(first.committed).toBeGreaterThan(100)
    expect(first.portfolios.map((row) => row.head)).toEqual(second.portfolios.map((row) => row.head))
    for (const row of first.portfolios) {
      expect(row.head).toMatch(/^[0-9a-f]{64}$/)
      expect(row.explained).toBe(row.orders)
      expect(row.orders).toBeGreaterThan(50)
      expect(row.cashDifference).toBe('0.00')
      expect(row.faults).toEqual([])
    }
  }, 180_000)

  testUnless(natsMissing())(
    'ends with the same books and order ids over NATS, with feed, gateway and daemon in processes of their own',
    async () => {
      const period = ['--from', '2000-01-01', '--to', '2003-12-31']
      const [embedded, wired] = [await demo(...period), await demo('--nats', ...period)]
      expect(wired.ok).toBe(true)
      const ends = ({ portfolios }: Summary) =>
        portfolios.map(({ portfolio, book, orderIds, orders }) => ({ portfolio, book, orderIds, orders }))
      expect(ends(wired)).toEqual(ends(embedded))
      // Each trades several times in these years (18 orders at least when this was written): empty ends would agree as well.
      expect(Math.min(...wired.portfolios.map(({ orders }) => orders))).toBeGreaterThan(15)
    },
    120_000,
  )

  const daily = join(packageRoot, '../shared/data/market/skfolio_sp500_dataset.csv.gz')
  testUnless(fileMissing(daily))(
    'commits at least 40 runs over 20 real stocks day by day',
    async () => {
      const summary = await demo('--data', daily, '--from', '2006-01-01', '--to', '2010-12-31')
      expect(summary.ok).toBe(true)
      expect(summary.committed).toBeGreaterThanOrEqual(40)
    },
    300_000,
  )

  it('deletes nothing it did not make: a directory with other content is refused with exit code 64', async () => {
    const dir = tempDir()
    writeFileSync(join(dir, 'precious'), 'a journal')
    const ballast = startBallast(['demo', '--state', dir])
    expect(await ballast.ended).toBe(64)
    expect(ballast.output()).toContain('nothing was deleted')
    expect(readFileSync(join(dir, 'precious'), 'utf8')).toBe('a journal')
  })

  it('runs again in its own directory', async () => {
    const state = join(tempDir(), 'state')
    for (let round = 0; round < 2; round += 1) {
      const ballast = startBallast([
        'demo',
        '-o',
        'none',
        '--state',
        state,
        '--report',
        join(state, '..', 'r.html'),
        '--to',
        '2001-06-01',
        '--listen',
        '127.0.0.1:0',
      ])
      expect(await ballast.ended, ballast.output()).toBe(0)
    }
  })

  it('refuses a date that is none, an unknown symbol and a missing file with exit code 64', async () => {
    for (const [args, named] of [
      [['--from', '2006-13-01'], '2006-13-01'],
      [['--universe', 'MSFT,NOPE'], 'NOPE'],
      [['--data', 'absent.csv'], 'absent.csv'],
    ] as const) {
      const ballast = startBallast(['demo', ...args])
      expect(await ballast.ended).toBe(64)
      expect(ballast.output()).toContain(named)
    }
  })
})

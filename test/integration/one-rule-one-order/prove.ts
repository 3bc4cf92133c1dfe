import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '#daemon/package-root.js'
import type { Verdict } from '#domain/governance/rule.js'
import type { Run } from '#domain/run.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { money } from '#units/money.js'
import { addWeekdays, sessionDate } from '#units/time.js'
import { suiteTempDir } from '../../support/temp-dir.js'
import type { Act } from '../played.js'
import { historyOf, playedRuns } from '../played-rules.js'

/** Where `scripts/rules-at-work.mjs` wants the rows; absent in a test run. */
const ROWS = process.env.BALLAST_ROWS

/** The page that the rows of all cases make. */
export const PAGE = 'docs/rules-at-work.md'

/** One rule, and an order that it changes. */
export interface OrderCase {
  readonly rule: string
  /** The limit, for people. */
  readonly limit: string
  /** The rule's parameters as a portfolio file has them: `{max: 0.3}`. */
  readonly params: string
  readonly verdict: Verdict
  /** Settings of the portfolio, `governance` left out; {@link THREE_NAMES} by itself. */
  readonly portfolio?: string
  /** Prices; {@link FLAT} by themselves. */
  readonly history?: PriceHistory
  /** What somebody does beside the market. */
  readonly act?: Act
  /** Files that the rule reads, by name, beside the system file. */
  readonly files?: Readonly<Record<string, string>>
  /** The run that the rule changes, counted from 0. */
  readonly run?: number
}

/** A million, 35 % of it for each of ALFA and BRAVO and 20 % for CHARLIE. */
export const THREE_NAMES = `initial_cash: "1000000.00"
universe: {symbols: [ALFA, BRAVO, CHARLIE, DELTA]}
targets: {source: fixed, weights: {ALFA: 0.35, BRAVO: 0.35, CHARLIE: 0.2}, cash: 0.1}
triggers: {drift: {band: 0.05}, calendar: null, cooldown: {days: 0}, max_runs_per_day: 5}
orders: {allow_unsettled: true}
`

/** Daily closes of 100 in the names of {@link THREE_NAMES}; `last` for the last days, after two of them. */
export const daily = (...last: readonly (readonly number[])[]): PriceHistory =>
  historyOf(
    '1d',
    [[], [], ...last].map((prices, day) => [
      `${addWeekdays(sessionDate('2024-03-04'), day)}T21:00:00Z`,
      ...[0, 1, 2, 3].map((name) => prices[name] ?? 100),
    ]),
  )

/** Pays money into every portfolio at a bar, counted from 0. */
export const depositing =
  (amount: string, at: number): Act =>
  async (engine, index) => {
    if (index !== at) return
    for (const portfolio of engine.portfolios) await engine.deposit(portfolio, money(amount), 'paid in')
  }

/**
 * Plays a portfolio through a configured daemon without any rule and with this one alone, and asserts that the rule alone makes the
 * difference between what one and the other send to the venue, with a verdict and a reason in the journal.
 */
export function provesRule({ portfolio = THREE_NAMES, history = daily(), run = 0, ...given }: OrderCase): void {
  const { rule, limit, params, verdict, act, files } = given
  describe(`${rule} through the daemon`, () => {
    const folder = suiteTempDir()
    let [free, ruled]: readonly (Run | undefined)[] = []
    beforeAll(async () => {
      const spelled = rule.replaceAll('-', '_')
      const portfolios = {
        free: `${portfolio}governance: {preset: none}\n`,
        ruled: `${portfolio}governance: {preset: none, rules: {${spelled}: ${params}}}\n`,
      }
      const runs = await playedRuns(portfolios, history, folder, act, files)
      ;[free, ruled] = [runs.free![run], runs.ruled![run]]
    })

    it('changes a real order, and says why', () => {
      const before = orders(free!)
      const after = orders(ruled!)
      expect(before).not.toBe(NOTHING)
      expect(planned(ruled!)).toBe(planned(free!))
      expect(after).not.toBe(before)
      const mine = ruled!.judgements.filter((row) => row.rule === rule && row.verdict === verdict)
      expect(mine.length).toBeGreaterThan(0)
      for (const { reason } of mine) expect(reason).not.toBe('')
      expect(ruled!.judgements.every((row) => row.rule === rule)).toBe(true)
      const row = `| ${rule} | ${limit} | ${before} | ${after} | ${verdict}: ${mine[0]!.reason} |`
      if (ROWS === undefined) expect(readFileSync(join(packageRoot, PAGE), 'utf8')).toContain(`${row}\n`)
      else {
        mkdirSync(ROWS, { recursive: true })
        writeFileSync(join(ROWS, rule), row)
      }
    })
  })
}

const NOTHING = 'nothing'

/** What a run meant to trade before its rules, in plan order. */
const planned = ({ plan }: Run): string =>
  plan!.legs.map(({ side, instrument, quantity }) => `${side} ${instrument} ${quantity.toFixed()}`).join(', ')

/** What a run sent to the venue, by order: sells, then buys, by name. */
function orders({ orders: sent }: Run): string {
  const units = new Map<string, number>()
  for (const { body } of Object.values(sent)) {
    const key = `${body.side} ${body.instrument}`
    units.set(key, (units.get(key) ?? 0) + body.quantity.toNumber())
  }
  const rows = [...units].sort(([a], [b]) => (a[0] === b[0] ? (a < b ? -1 : 1) : a[0] === 's' ? -1 : 1))
  return rows.length === 0 ? NOTHING : rows.map(([key, count]) => `${key} ${count}`).join(', ')
}

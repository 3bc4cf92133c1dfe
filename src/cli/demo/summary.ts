import { styleText } from 'node:util'
import Table from 'cli-table3'
import type { Performance } from '#report/performance.js'
import type { PortfolioHistory } from '#report/portfolio-history.js'
import { toCents } from '#units/money.js'
import type { Examination } from './examine.js'

/** One portfolio of the demo, looked at from all sides. */
export interface Scene {
  readonly examination: Examination
  readonly history: PortfolioHistory
  readonly performance: Performance
}

const percent = (value: number | null): string => (value === null ? '–' : `${(value * 100).toFixed(1)} %`)

const HEADINGS = [
  'portfolio',
  'equity',
  'return',
  'max drawdown',
  'runs',
  'traded',
  'orders',
  'explained',
  'fills',
  'cash off by',
  'journal',
]

/** The closing table, the verified heads and where the report is. */
export function summaryText(scenes: readonly Scene[], report: string, colour: boolean): string {
  const style = colour ? {} : { head: [], border: [] }
  const table = new Table({
    head: HEADINGS,
    style,
    colAligns: HEADINGS.map((_, index) => (index === 0 ? 'left' : 'right')),
  })
  for (const { examination, performance } of scenes) {
    const runs = Object.values(examination.runs).reduce((sum, count) => sum + count, 0)
    table.push([
      examination.portfolio,
      `$${toCents(examination.equity).toFixed(2)}`,
      percent(performance.totalReturn),
      percent(performance.maxDrawdown?.depth ?? 0),
      runs,
      examination.committed,
      examination.orders,
      `${examination.explained}/${examination.orders}`,
      examination.fills,
      `$${examination.cashDifference.toFixed(2)}`,
      `${examination.entries} entries`,
    ])
  }
  const heads = scenes.map(
    ({ examination: { portfolio, head } }) => `  ${portfolio.padEnd(14)} ${head || 'DOES NOT VERIFY'}`,
  )
  const faults = scenes.flatMap(({ examination: { portfolio, faults: found } }) =>
    found.map((fault) => `  ${portfolio}: ${fault}`),
  )
  const verdict =
    faults.length === 0
      ? 'Books agree with the venue to the cent, every chain verifies, every order is explained.'
      : ['Found wrong:', ...faults].join('\n')
  const shown = colour ? styleText(faults.length === 0 ? 'green' : 'red', verdict) : verdict
  return `\n${table.toString()}\n\nVerified journal heads\n${heads.join('\n')}\n\n${shown}\nReport: ${report}\n`
}

/** The summary for machines; money as text, ratios as fractions. */
export function summaryJson(scenes: readonly Scene[], report: string): Readonly<Record<string, unknown>> {
  return {
    ok: scenes.every(({ examination }) => examination.faults.length === 0),
    committed: scenes.reduce((sum, { examination }) => sum + examination.committed, 0),
    report,
    portfolios: scenes.map(({ examination, performance }) => ({
      ...examination,
      fees: examination.fees.toFixed(2),
      cash: examination.cash.toFixed(2),
      equity: toCents(examination.equity).toFixed(2),
      cashDifference: examination.cashDifference.toFixed(2),
      totalReturn: performance.totalReturn,
      maxDrawdown: performance.maxDrawdown?.depth ?? 0,
    })),
  }
}

import { styleText } from 'node:util'
import type { Run } from '#domain/run.js'

const percent = (value: number, digits = 1): string => `${(value * 100).toFixed(digits)} %`

/** Columns of the reason at least, however narrow the terminal. */
const LEAST_REASON = 24

/**
 * One line on a finished run: date, portfolio, trigger, turnover, cost, CVaR before → after, why, outcome; the reason
 * is cut so that the line fits `width` columns.
 */
export function runLine(run: Run, colour: boolean, width: number): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(style, text) : text
  const good = run.status === 'COMPLETED'
  const mark = good
    ? paint('green', '●')
    : run.status === 'COMPLETED_ADJUSTED'
      ? paint('yellow', '▲')
      : paint('red', '■')
  const turnover = run.plan === null ? 0 : run.plan.turnover
  const fields = [
    run.session,
    run.portfolio.padEnd(13),
    run.trigger.kind.padEnd(8),
    `turnover ${percent(turnover).padStart(7)}`,
    `cost ${`$${run.realisedCost.toFixed(2)}`.padStart(9)}`,
    cvarChange(run).padEnd(22),
  ]
  const why = run.outcome === 'as planned' ? run.trigger.why : `${run.trigger.why}; ${run.outcome}`
  const facts = fields.join('  ')
  return `${mark} ${facts}  ${paint('dim', shortened(why, Math.max(LEAST_REASON, width - facts.length - 4)))}`
}

function cvarChange({ answer }: Run): string {
  if (answer?.kind !== 'targets' || answer.riskAfter === null) return 'CVaR not measured'
  const before = answer.riskBefore === null || answer.riskBefore.cvar === 0 ? '–' : percent(answer.riskBefore.cvar, 2)
  return `CVaR ${before} → ${percent(answer.riskAfter.cvar, 2)}`
}

const shortened = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`

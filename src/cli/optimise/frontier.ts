import type { ReturnsMatrix } from '#adapters/feed/returns.js'
import { counted, percent } from '#domain/explain/words.js'
import { certifyPoint, type FrontierAnswer, type FrontierPoint } from '#domain/optimise/frontier.js'
import { CliError, EXIT } from '../failure.js'
import type { Output } from '../output.js'
import { facts, passages, table } from '../table.js'
import { explainLimits, explanationLines } from './explain.js'

/** The points of a solved frontier. */
type Points = Extract<FrontierAnswer, { status: 'SOLVED' }>['points']

/** Weights a table shows for a portfolio. */
const SHOWN = 4
/** A weight below it is not held. */
const HELD = 1e-9

/** A frontier as it is printed, every point recertified; `explain` adds the limits that bind. @throws CliError 1. */
export function frontierResultOf(matrix: ReturnsMatrix, points: Points, explain: boolean) {
  const { names, rows, columns, labels } = matrix
  const fallback = points.find(({ answer }) => answer.fallback !== undefined)?.answer.fallback
  return {
    status: 'SOLVED',
    points: points.map((point, index) => pointOf(names, point, index, explain)),
    scenarios: { rows, columns, from: labels[0]!, to: labels[rows - 1]! },
    elapsedMs: points.reduce((sum, { answer }) => sum + answer.elapsedMs, 0),
    backend: points[0]!.answer.backend,
    ...(fallback === undefined ? {} : { fallback }),
  }
}

/** What {@link frontierResultOf} makes. */
export type FrontierResult = ReturnType<typeof frontierResultOf>

function pointOf(names: readonly string[], point: FrontierPoint, index: number, explain: boolean) {
  const certificate = certifyPoint(point)
  if (!certificate.certified) {
    const message = `point ${index + 1} of the frontier does not certify: ${certificate.reason}`
    throw new CliError(EXIT.failed, 'NOT_CERTIFIED', message)
  }
  const { expectedReturn, cvar, cost, cash, gap, violation } = certificate
  const { answer, problem, floor } = point
  return {
    status: answer.status,
    floor,
    ...{ expectedReturn, cvar, var: certificate.var, cost, cash, gap, violation },
    weights: Object.fromEntries(names.map((name, column) => [name, answer.weights[column]!])),
    ...(explain ? { limits: explainLimits(names, problem, answer) } : {}),
  }
}

/** The frontier for people: a line a point, and where asked the limits that bind at each. */
export function frontierText(output: Output, result: FrontierResult): string {
  const { rows, columns, from, to } = result.scenarios
  const worst = result.points.reduce((largest, { gap }) => Math.max(largest, gap), 0)
  const summary = facts(output, [
    [
      'status',
      `${counted(result.points.length, 'point')}, largest gap ${worst.toExponential(1)} certified, in ${result.elapsedMs.toFixed(1)} ms`,
    ],
    ['scenarios', `${counted(rows, 'return')} of ${counted(columns, 'instrument')}, ${from} to ${to}`],
  ])
  const lines = result.points.map(({ expectedReturn, cvar, cost, cash, weights, ...point }, index) => [
    String(index + 1),
    percent(expectedReturn, 4),
    percent(cvar, 4),
    percent(point.var, 4),
    percent(cost, 4),
    percent(cash),
    largest(weights),
  ])
  const columnsShown = [
    ['#', 'r'],
    ['RETURN', 'r'],
    ['CVaR', 'r'],
    ['VaR', 'r'],
    ['COST', 'r'],
    ['CASH', 'r'],
    ['LARGEST WEIGHTS'],
  ] as const
  return [summary, '', table(output, columnsShown, lines, ''), ...explained(output, result)].join('\n')
}

function explained(output: Output, { points }: FrontierResult): readonly string[] {
  const blocks = points.flatMap(({ limits }, index) =>
    limits === undefined ? [] : [{ heading: `#${index + 1}`, lines: explanationLines(limits) }],
  )
  return blocks.length === 0 ? [] : ['', passages(output, blocks)]
}

function largest(weights: Readonly<Record<string, number>>): string {
  const held = Object.entries(weights)
    .filter(([, weight]) => Math.abs(weight) > HELD)
    .sort(([a, x], [b, y]) => Math.abs(y) - Math.abs(x) || (a < b ? -1 : 1))
  const shown = held.slice(0, SHOWN).map(([name, weight]) => `${name} ${percent(weight, 1)}`)
  return `${shown.join(', ')}${held.length > SHOWN ? ` and ${held.length - SHOWN} more` : ''}`
}

import { snake } from '#daemon/config/registry-schema.js'
import { counted, listed, percent } from '#domain/explain/words.js'
import type { Sized } from '#domain/sizing/method.js'
import type { ScenarioSet } from '#domain/targets/source.js'
import type { InstrumentId } from '#units/ids.js'
import type { Output } from '../output.js'
import { facts, table } from '../table.js'
import type { ChosenMethod } from './options.js'

/** Limits that weights were sized under, fractions of equity. */
export interface SizeLimits {
  readonly budget: number
  readonly min: number
  readonly max: number
  readonly shorts: boolean
}

/** Sizes as they are printed: every name of the prices has a weight, and weights and cash sum to 1. */
export function resultOf(
  { method, params }: ChosenMethod,
  limits: SizeLimits,
  { instruments, excluded, rows, from, to }: ScenarioSet,
  sized: Sized & { readonly dropped: readonly InstrumentId[] },
) {
  const names = [...instruments, ...excluded.map(({ instrument }) => instrument)].sort()
  const weights = names.map((name) => [name, sized.weights.get(name) ?? 0] as const)
  const sum = weights.reduce((all, [, weight]) => all + weight, 0)
  const gross = weights.reduce((all, [, weight]) => all + Math.abs(weight), 0)
  const { volatilities } = sized
  return {
    method: method.name,
    params,
    limits,
    weights: Object.fromEntries(weights),
    cash: 1 - sum,
    gross,
    theta: sized.theta,
    capped: sized.capped,
    dropped: sized.dropped,
    volatilities: volatilities === null ? null : { per: volatilities.per, of: Object.fromEntries(volatilities.of) },
    note: sized.note,
    // Of methods that look at no return the scenarios are the latest prices only.
    returns: method.window(params) === 0 ? null : { rows, columns: instruments.length, from, to },
  }
}

/** What {@link resultOf} makes. */
export type SizeResult = ReturnType<typeof resultOf>

/** Sizes for people: what was asked, θ and cash, the weights with what limits them. */
export function resultText(output: Output, result: SizeResult): string {
  const { params, limits, theta, returns, note, volatilities } = result
  const given = Object.entries(params).map(([name, value]) => `${snake(name)} ${shown(value)}`)
  const summary = facts(output, [
    ['method', [result.method, ...given].join(', ')],
    ...(returns === null
      ? []
      : [
          [
            'returns',
            `${counted(returns.rows, 'return')} of ${counted(returns.columns, 'instrument')}, ${returns.from} to ${returns.to}`,
          ] as const,
        ]),
    [
      'limits',
      `0 or ${percent(limits.min)} to ${percent(limits.max)} each, ${percent(limits.budget)} together${limits.shorts ? ', shorts allowed' : ''}`,
    ],
    ['θ', theta === null ? 'none: nothing is below its cap' : theta.toPrecision(6)],
    ['invested', percent(result.gross, 4)],
    ['cash', percent(result.cash, 4)],
    ...(note === '' ? [] : [['note', note] as const]),
  ])
  const bySize = Object.entries(result.weights).sort(([a, x], [b, y]) => Math.abs(y) - Math.abs(x) || (a < b ? -1 : 1))
  const of = new Map(Object.entries(volatilities?.of ?? {}))
  const told = bySize.filter(([name, weight]) => weight !== 0 || limitOf(result, name) !== '')
  const rows = told.map(([name, weight]) => {
    const own = of.get(name)
    const cells = volatilities === null ? [] : [own === undefined ? '-' : percent(own)]
    return [name, percent(weight, 4), ...cells, limitOf(result, name)]
  })
  const sigma = volatilities === null ? [] : [[`σ A ${volatilities.per.toUpperCase()}`, 'r'] as const]
  const cash = ['CASH', percent(result.cash, 4), ...sigma.map(() => ''), '']
  return [summary, '', table(output, [['SYMBOL'], ['WEIGHT', 'r'], ...sigma, ['LIMIT']], [...rows, cash], '')].join(
    '\n',
  )
}

function limitOf({ capped, dropped }: SizeResult, name: string): string {
  if (capped.some((one) => one === name)) return 'at its cap'
  return dropped.some((one) => one === name) ? 'below the minimum' : ''
}

function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return value === null ? 'none' : String(value)
  const pairs = Object.entries(value).map(([name, own]) => `${name}=${String(own)}`)
  return pairs.length === 0 ? 'none' : listed(pairs, 4)
}

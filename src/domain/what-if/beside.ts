import type { Decimal } from '#units/decimal.js'
import type { InstrumentId } from '#units/ids.js'
import { greatest, type Money, minus, plus, ratio, total } from '#units/money.js'
import type { Leg } from '../plan/plan.js'
import type { Run } from '../run.js'
import type { TargetSet } from '../targets/target-set.js'

/** Where a way to act leaves a portfolio, at the prices of the plan. Ratios are fractions, money is decimal text. */
export interface Prospect {
  /** After the estimated costs of its trades. */
  readonly equity: string
  readonly cashWeight: number
  /** (Σ|weight − target| + |cash − its target|) ÷ 2: the share of equity that is not where it should be. Null without targets. */
  readonly offTarget: number | null
  /** CVaR a bar, of the weights held or of the targets aimed for. Null without scenarios. */
  readonly cvar: number | null
  /** One-way. */
  readonly turnover: number
  readonly cost: string
}

/** A planned run beside doing nothing. */
export interface Beside {
  readonly nothing: Prospect
  readonly plan: Prospect
}

/**
 * What a planned run changes against doing nothing, both measured by the run's own targets, on the books and prices it
 * was planned on. The plan is what governance let through of it.
 *
 * Edges   weights are 0 where equity is not positive.
 * Errors  none: total on every run.
 */
export function besideNothing({ before, answer, approved }: Run): Beside {
  const targets = answer?.kind === 'targets' ? answer.targets : null
  const risk = answer?.kind === 'targets' ? answer : null
  const cost = total(approved.map((leg) => leg.cost.total))
  const [bought, sold] = [tradedOn(approved, 'buy'), tradedOn(approved, 'sell')]
  const equity = minus(before.equity, cost)
  const cash = minus(plus(before.cash, sold), plus(bought, cost))
  const weights: Record<InstrumentId, number> = {}
  const rescaled = share(before.equity, equity)
  for (const [id, weight] of Object.entries(before.weights)) weights[id as InstrumentId] = weight * rescaled
  for (const { instrument, side, value } of approved)
    weights[instrument] = (weights[instrument] ?? 0) + share(side === 'buy' ? value : value.negated(), equity)
  const [held, left] = [share(before.cash, before.equity), share(cash, equity)]
  return {
    nothing: {
      equity: before.equity.toFixed(2),
      cashWeight: held,
      offTarget: targets && offTarget(before.weights, held, targets),
      cvar: risk?.riskBefore?.cvar ?? null,
      turnover: 0,
      cost: '0.00',
    },
    plan: {
      equity: equity.toFixed(2),
      cashWeight: left,
      offTarget: targets && offTarget(weights, left, targets),
      cvar: risk?.riskAfter?.cvar ?? null,
      turnover: share(greatest(bought, sold), before.equity),
      cost: cost.toFixed(2),
    },
  }
}

function offTarget(weights: Readonly<Record<InstrumentId, number>>, cash: number, targets: TargetSet): number {
  const ids = new Set([...Object.keys(weights), ...Object.keys(targets.weights)] as InstrumentId[])
  let sum = Math.abs(cash - targets.cash)
  for (const id of [...ids].sort()) sum += Math.abs((weights[id] ?? 0) - (targets.weights[id] ?? 0))
  return sum / 2
}

const tradedOn = (legs: readonly Leg[], side: Leg['side']): Money =>
  total(legs.filter((leg) => leg.side === side).map((leg) => leg.value))

const share = (part: Decimal, whole: Decimal): number => (whole.gt(0) ? ratio(part, whole) : 0)

import type { Plan } from '#domain/plan/plan.js'
import { planBuys } from '#domain/plan/rebalance.js'
import { instrumentId } from '#units/ids.js'
import { money } from '#units/money.js'
import { type PlanCase, planInput } from './books.js'

/** Units of each leg of a plan, by its id. */
export const trades = (plan: Plan): Readonly<Record<string, number>> =>
  Object.fromEntries(plan.legs.map((leg) => [leg.id, leg.quantity.toNumber()]))

/** What a plan leaves out, and why: `AAA buy no_cash`. */
export const reasons = (plan: Plan): readonly string[] =>
  plan.skipped.map((leg) => `${leg.instrument} ${leg.side} ${leg.reason}`)

/** The buys of a re-plan with so much cash. */
export const buysOf = (given: PlanCase, available: string, exclude: readonly string[] = []): Plan =>
  planBuys({ ...planInput(given), available: money(available), exclude: new Set(exclude.map(instrumentId)) })

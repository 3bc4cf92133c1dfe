import type { InstrumentId } from '#units/ids.js'
import { type Money, money } from '#units/money.js'
import type { Instant } from '#units/time.js'

/** How much of a name is traded and what crossing its spread costs. Plain data: it is journaled with the view it was seen in. */
export interface Liquidity {
  /** Average daily volume: the median of what was traded in a day, in money of the currency it trades in. */
  readonly adv: Money
  /** Distance of bid and ask as a fraction of the price; null where nobody knows. */
  readonly spread: number | null
  /** When it was so: the close of the newest bar it rests on, or the day it was declared. */
  readonly at: Instant
}

/** Liquidity by name; what is absent is not known. */
export type Liquidities = Readonly<Record<InstrumentId, Liquidity>>

/** Where a portfolio's figures of liquidity come from. A name that is not declared has what its bars show. */
export interface LiquidityPolicy {
  /** What people have declared, in place of bars. `adv` is money as decimal text. */
  readonly declared: Readonly<Record<InstrumentId, { readonly adv: string; readonly spread: number | null }>>
  /** When they did; null where nothing is declared. */
  readonly declaredAt: Instant | null
}

/** A name's figures, and whether a person declared them. */
export interface Known extends Liquidity {
  readonly declared: boolean
}

/** What is known of names, by policy and by the bars that a view shows; null where the policy does not ask. */
export function knownLiquidity(
  policy: LiquidityPolicy | undefined,
  seen: Liquidities | undefined,
): Readonly<Record<InstrumentId, Known>> | null {
  if (policy === undefined) return null
  const known: Record<InstrumentId, Known> = {}
  for (const [id, row] of Object.entries(seen ?? {}) as [InstrumentId, Liquidity][])
    known[id] = { ...row, declared: false }
  const { declared, declaredAt } = policy
  if (declaredAt === null) return known
  for (const [id, { adv, spread }] of Object.entries(declared) as [
    InstrumentId,
    { adv: string; spread: number | null },
  ][])
    known[id] = { adv: money(adv), spread, at: declaredAt, declared: true }
  return known
}

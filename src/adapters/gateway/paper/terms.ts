import type { OrderBody } from '#domain/order.js'
import { executed } from '#domain/order-life.js'
import { reduces } from '#domain/permission/restraint.js'
import type { TradingTerms } from '#ports/gateway.js'
import type { PortfolioId } from '#units/ids.js'
import { minus, plus, type Quantity } from '#units/money.js'
import { keys, type PaperStore, type Row, type VenueOrder } from './store.js'

/** Terms as they are kept, with the epoch they came under. */
export interface KeptTerms extends TradingTerms {
  readonly epoch: number
}

/** The terms to keep once new ones have come: the newer, by epoch and then by journal sequence. */
export function newerTerms(kept: KeptTerms | undefined, terms: TradingTerms, epoch: number): KeptTerms {
  const older = kept !== undefined && (epoch < kept.epoch || (epoch === kept.epoch && terms.seq < kept.seq))
  return older ? kept : { ...terms, epoch }
}

/** Why terms exclude an order; null when they do not. `held` is what can be reduced, see {@link heldAfter}. */
export function excluded(
  terms: TradingTerms | undefined,
  body: OrderBody,
  held: () => Quantity,
): 'halted' | 'reducing' | null {
  if (terms === undefined) return null
  const levels = [terms.level, terms.instruments[body.instrument]]
  if (levels.includes('halted')) return 'halted'
  return levels.includes('reducing') && !reduces(held(), body) ? 'reducing' : null
}

/** A holding once the open orders of the same portfolio, instrument and side have traded in full: two may not share it. */
export function heldAfter(
  held: Quantity,
  { portfolio, instrument, side }: OrderBody,
  open: Iterable<Pick<VenueOrder, 'body' | 'cumulative' | 'busted'>>,
): Quantity {
  let after = held
  for (const order of open) {
    const { body } = order
    if (body.portfolio !== portfolio || body.instrument !== instrument || body.side !== side) continue
    after = (side === 'buy' ? plus : minus)(after, minus(body.quantity, executed(order)))
  }
  return after
}

/** The change that makes the store keep terms; none when nothing would ever be held back by it. */
export function termsRows(store: PaperStore, portfolio: PortfolioId, terms: TradingTerms, epoch: number): Row[] {
  const kept = keptTerms(store, portfolio)
  const free = terms.level === 'active' && Object.keys(terms.instruments).length === 0
  return kept === undefined && free ? [] : [{ key: keys.terms(portfolio), value: newerTerms(kept, terms, epoch) }]
}

/** Why an order is not taken now: by the venue's own kill file, then by its portfolio's terms; null when it may be. */
export const stopped = (
  store: PaperStore,
  body: OrderBody,
  killed: () => string | null,
  held: () => Quantity,
): 'halted' | 'reducing' | null =>
  killed() === null ? excluded(keptTerms(store, body.portfolio), body, held) : 'halted'

const keptTerms = (store: PaperStore, portfolio: PortfolioId): KeptTerms | undefined =>
  store.read(keys.terms(portfolio)) as KeptTerms | undefined

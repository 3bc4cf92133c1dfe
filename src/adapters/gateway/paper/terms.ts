import type { OrderBody } from '#domain/order.js'
import type { TradingTerms } from '#ports/gateway.js'
import type { PortfolioId } from '#units/ids.js'
import { keys, type PaperStore, type Row } from './store.js'

/** Terms as they are kept, with the epoch they came under. */
export interface KeptTerms extends TradingTerms {
  readonly epoch: number
}

/** The terms to keep once new ones have come: the newer, by epoch and then by journal sequence. */
export function newerTerms(kept: KeptTerms | undefined, terms: TradingTerms, epoch: number): KeptTerms {
  const older = kept !== undefined && (epoch < kept.epoch || (epoch === kept.epoch && terms.seq < kept.seq))
  return older ? kept : { ...terms, epoch }
}

/** Why terms exclude an order; null when they do not. */
export function excluded(
  terms: TradingTerms | undefined,
  { instrument, side }: OrderBody,
): 'halted' | 'reducing' | null {
  if (terms === undefined) return null
  const levels = [terms.level, terms.instruments[instrument]]
  if (levels.includes('halted')) return 'halted'
  return side === 'buy' && levels.includes('reducing') ? 'reducing' : null
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
): 'halted' | 'reducing' | null => (killed() === null ? excluded(keptTerms(store, body.portfolio), body) : 'halted')

const keptTerms = (store: PaperStore, portfolio: PortfolioId): KeptTerms | undefined =>
  store.read(keys.terms(portfolio)) as KeptTerms | undefined

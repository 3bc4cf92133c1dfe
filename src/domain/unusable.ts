import type { InstrumentId } from '#units/ids.js'
import { type BarSize, type MarketView, priceFault } from './market.js'
import type { PortfolioState } from './portfolio/state.js'

/**
 * Milliseconds without a price, while the feed's sessions went on, after which a name is taken to trade no more: a week, which
 * is longer than a halt for news and shorter than a month of blocked runs that nobody looks into; two bars and more by the month.
 */
const GONE_MS: Readonly<Record<BarSize, number>> = {
  '1m': 7 * 86_400_000,
  '1d': 7 * 86_400_000,
  '1mo': 70 * 86_400_000,
}

/** Instruments whose prices the decisions of a portfolio rest on: held, or with a weight in its targets; sorted. */
export function concerned({ book, effective }: Pick<PortfolioState, 'book' | 'effective'>): readonly InstrumentId[] {
  const ids = new Set<InstrumentId>()
  for (const [id, { quantity }] of Object.entries(book.positions)) if (!quantity.isZero()) ids.add(id as InstrumentId)
  for (const [id, weight] of Object.entries(effective?.weights ?? {})) if (weight !== 0) ids.add(id as InstrumentId)
  return [...ids].sort()
}

/**
 * Instruments a portfolio holds or wants that have stopped trading: delisted, suspended, renamed. While there is one, the
 * portfolio needs adjustment by a person: what is bought of the others instead is not for a machine to guess. Sorted.
 * Edges  a market that is closed for long makes none: its sessions do not go on. Source: design domain.md section 5.
 */
export const unusable = (
  state: Pick<PortfolioState, 'book' | 'effective'>,
  view: MarketView,
): readonly InstrumentId[] =>
  concerned(state).filter((id) => {
    const quote = view.quotes[id]
    if (quote === undefined || priceFault(view, quote) !== 'price_stale') return false
    return quote.sessionsOld > 1 && view.at - quote.at >= GONE_MS[view.barSize]
  })

/** What is to be changed about them, in a sentence a person can act on; empty for none. */
export function adjustmentNeeded(ids: readonly InstrumentId[], view: MarketView): string {
  if (ids.length === 0) return ''
  const days = ids.map((id) => `${id} for ${Math.floor((view.at - view.quotes[id]!.at) / 86_400_000)} days`)
  const it = ids.length === 1 ? 'it' : 'them'
  return `no price of ${days.join(', of ')}: take ${it} out of the targets and of the books (reconcile), or mend the feed`
}

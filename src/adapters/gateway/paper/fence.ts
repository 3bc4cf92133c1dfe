import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { keys, type PaperStore, type Row } from './store.js'

/** The highest epoch a portfolio was ever seen with. */
export const highestEpoch = (store: PaperStore, portfolio: PortfolioId): number =>
  (store.read(keys.epoch(portfolio)) as number | undefined) ?? 0

/** Refuses an epoch below the highest seen; a higher one becomes the highest with the caller's write. */
export function admitted(store: PaperStore, portfolio: PortfolioId, epoch: number): Row[] {
  const highest = highestEpoch(store, portfolio)
  if (epoch < highest)
    throw new Fault('STALE_EPOCH', `${portfolio} is at epoch ${highest}, not ${epoch}`, 'never', { portfolio, highest })
  return epoch > highest ? [{ key: keys.epoch(portfolio), value: epoch }] : []
}

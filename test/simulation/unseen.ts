import type { Order } from '#domain/order.js'
import type { WitnessOptions } from './witness-options.js'

/**
 * Whether an order that the gateway has never accepted may have ended so: rejected where it came after the promise that it
 * would not be taken, expired only where that cannot be promised.
 */
export function mayEndUnseen(
  { id, status }: Pick<Order, 'id' | 'status'>,
  { exchange, supports }: Pick<WitnessOptions, 'exchange' | 'supports'>,
): boolean {
  if (status === 'rejected') return exchange().tombstones.has(id)
  return status === 'abandoned' || status === 'cancelled' || (status === 'expired' && !supports.tombstones)
}

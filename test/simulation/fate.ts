import type { OrderId } from '#units/ids.js'
import { Chance, type Range } from './chance.js'

/** What becomes of an order at the venue, whoever asks. */
export interface Fate {
  readonly rejected: boolean
  /** From acceptance to the first piece, and from piece to piece. */
  readonly afterMs: number
  readonly pieces: number
  /** After so many pieces it rests until it is cancelled or its session ends; null for never. */
  readonly restsAfter: number | null
  /** Units beyond the order in its last piece. */
  readonly overfill: number
  /** Its end is told before its fills. */
  readonly endFirst: boolean
  /** Every report is told once more. */
  readonly repeats: boolean
  /** An execution comes once more under the same id with other content. */
  readonly conflicts: boolean
  /** A cancel finds that a piece has just traded. */
  readonly fillsInCancel: boolean
  /** A piece trades after it was cancelled, against what was said. */
  readonly fillsAfterCancel: boolean
}

/** Habits of a venue: the share of orders that meet each fate. */
export interface Habits {
  readonly rejected: number
  readonly afterMs: Range
  readonly pieces: Range
  readonly rests: number
  readonly overfills: number
  readonly endFirst: number
  readonly repeats: number
  readonly conflicts: number
  readonly fillsInCancel: number
  readonly fillsAfterCancel: number
}

/** Fates drawn from order ids: the same seed, habits and order give the same fate. */
export function fates(seed: number, habits: () => Habits): (order: { readonly id: OrderId }) => Fate {
  const drawn = new Map<OrderId, Fate>()
  return ({ id }) => {
    const known = drawn.get(id)
    if (known !== undefined) return known
    const fate = draw(new Chance(seed, `fate ${id}`), habits())
    drawn.set(id, fate)
    return fate
  }
}

function draw(chance: Chance, habits: Habits): Fate {
  const pieces = chance.within(habits.pieces)
  return {
    rejected: chance.is(habits.rejected),
    afterMs: chance.within(habits.afterMs),
    pieces,
    restsAfter: chance.is(habits.rests) ? chance.whole(0, pieces - 1) : null,
    overfill: chance.is(habits.overfills) ? chance.whole(1, 3) : 0,
    endFirst: chance.is(habits.endFirst),
    repeats: chance.is(habits.repeats),
    conflicts: chance.is(habits.conflicts),
    fillsInCancel: chance.is(habits.fillsInCancel),
    fillsAfterCancel: chance.is(habits.fillsAfterCancel),
  }
}

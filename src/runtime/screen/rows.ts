import { type BandRows, keepsBands } from '#domain/screen/bands.js'
import type { ScreenRow } from '#domain/screen/row.js'
import type { InstrumentId } from '#units/ids.js'
import { grown } from './grown.js'
import { Holders } from './holders.js'
import { CASH } from './price-table.js'

/** Entries beyond its own that a row is given room for, so that a name more does not move it. */
const SPARE = 4
/** Names in {@link Holders} that may be wrong before they are counted against those that are right. */
const FEW = 4_096

/**
 * Rows of all portfolios in one set of arrays, and who holds what. A row that outgrows its place moves to the end; once a
 * third of the arrays is left behind by such moves, all rows are moved together.
 */
export class Rows {
  readonly #holders = new Holders()
  #rows: BandRows = emptyRows(1_024)
  #end = 0
  #lost = 0
  #count = 0
  #from = new Int32Array(64)
  #length = new Int32Array(64)
  #room = new Int32Array(64)
  #entries = 0
  /** By instrument: the comparison of two rows that it was last seen in. */
  #seen = new Uint32Array(64)
  #comparison = 0

  /** Entries of all rows. */
  get entries(): number {
    return this.#entries
  }

  /** Entries there is room for. */
  get room(): number {
    return this.#rows.units.length
  }

  /** Puts a portfolio's row in place of the one it had; null for none. */
  put(slot: number, row: ScreenRow | null, numberOf: (name: InstrumentId) => number): void {
    this.#count = Math.max(this.#count, slot + 1)
    this.#from = grown(this.#from, this.#count)
    this.#length = grown(this.#length, this.#count)
    this.#room = grown(this.#room, this.#count)
    this.#remember(slot)
    const size = row?.units.length ?? 0
    if (size > this.#room[slot]!) this.#move(slot, size)
    this.#entries += size - this.#length[slot]!
    this.#length[slot] = size
    if (row !== null) this.#fill(slot, row, numberOf)
    if (this.#holders.listed > 2 * this.#entries + FEW) this.#listAnew()
  }

  /** True when no band of the portfolio can be breached at these prices; see {@link keepsBands}. A portfolio without a row has none. */
  keeps(slot: number, prices: Float64Array): boolean {
    const from = this.#from[slot]!
    const length = this.#length[slot]!
    return length === 0 || keepsBands(this.#rows, from, from + length, prices)
  }

  /** Sets the mark of every portfolio that holds an instrument or is to, and of some others. */
  mark(instrument: number, marks: Uint8Array): void {
    this.#holders.mark(instrument, marks)
  }

  /** Remembers which instruments the row has before it is replaced. */
  #remember(slot: number): void {
    this.#comparison += 1
    this.#eachOf(slot, (instrument) => {
      this.#seen[instrument] = this.#comparison
    })
  }

  #fill(slot: number, row: ScreenRow, numberOf: (name: InstrumentId) => number): void {
    const at = this.#from[slot]!
    const { instruments, units, low, high } = this.#rows
    units.set(row.units, at)
    low.set(row.low, at)
    high.set(row.high, at)
    instruments[at] = CASH
    for (const [index, name] of row.names.entries()) {
      const instrument = numberOf(name)
      instruments[at + 1 + index] = instrument
      this.#seen = grown(this.#seen, instrument + 1)
      if (this.#seen[instrument] !== this.#comparison) this.#holders.add(instrument, slot)
    }
  }

  #move(slot: number, size: number): void {
    this.#lost += this.#room[slot]!
    this.#room[slot] = 0
    if (this.#lost * 3 > this.#end) this.#compact()
    const room = size + SPARE
    const end = this.#end + room
    const { instruments, units, low, high } = this.#rows
    this.#rows = {
      instruments: grown(instruments, end),
      units: grown(units, end),
      low: grown(low, end),
      high: grown(high, end),
    }
    this.#from[slot] = this.#end
    this.#room[slot] = room
    this.#end = end
  }

  #compact(): void {
    const rows = emptyRows(this.#rows.units.length)
    let end = 0
    for (let slot = 0; slot < this.#count; slot += 1) {
      const from = this.#from[slot]!
      const to = from + this.#room[slot]!
      for (const part of ['instruments', 'units', 'low', 'high'] as const)
        rows[part].set(this.#rows[part].subarray(from, to), end)
      this.#from[slot] = end
      end += to - from
    }
    this.#rows = rows
    this.#end = end
    this.#lost = 0
  }

  #listAnew(): void {
    this.#holders.clear()
    for (let slot = 0; slot < this.#count; slot += 1)
      this.#eachOf(slot, (instrument) => this.#holders.add(instrument, slot))
  }

  #eachOf(slot: number, tell: (instrument: number) => void): void {
    const from = this.#from[slot]!
    for (let at = from + 1; at < from + this.#length[slot]!; at += 1) tell(this.#rows.instruments[at]!)
  }
}

const emptyRows = (size: number): BandRows => ({
  instruments: new Int32Array(size),
  units: new Float64Array(size),
  low: new Float64Array(size),
  high: new Float64Array(size),
})

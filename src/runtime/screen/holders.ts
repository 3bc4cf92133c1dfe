import { grown } from './grown.js'

const NONE = new Int32Array(0)

/**
 * Portfolios by the instruments in their rows. A list may name a portfolio twice, or one that has the instrument no
 * more, which costs a needless look; it never lacks one that has it. Whoever keeps it fills it anew when {@link listed} is
 * far from the truth.
 */
export class Holders {
  #lists: Int32Array[] = []
  #counts = new Int32Array(64)
  #listed = 0

  /** Names of portfolios in all lists. */
  get listed(): number {
    return this.#listed
  }

  /** Adds a portfolio to an instrument's list. */
  add(instrument: number, slot: number): void {
    this.#counts = grown(this.#counts, instrument + 1)
    while (this.#lists.length <= instrument) this.#lists.push(NONE)
    const count = this.#counts[instrument]!
    const list = grown(this.#lists[instrument]!, count + 1)
    list[count] = slot
    this.#lists[instrument] = list
    this.#counts[instrument] = count + 1
    this.#listed += 1
  }

  /** Sets the mark of every portfolio in an instrument's list. */
  mark(instrument: number, marks: Uint8Array): void {
    const list = this.#lists[instrument] ?? NONE
    const count = this.#counts[instrument] ?? 0
    for (let at = 0; at < count; at += 1) marks[list[at]!] = 1
  }

  /** Empties every list. */
  clear(): void {
    this.#counts.fill(0)
    this.#listed = 0
  }
}

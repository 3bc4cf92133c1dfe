/** A seeded source of chance. Sources of different names share nothing, so a change to one part shifts no other. */
export class Chance {
  #a: number
  #b: number
  #c: number
  #d = 1

  constructor(seed: number, name: string) {
    const text = `${seed} ${name}`
    this.#a = hashed(text, 0x9e3779b9)
    this.#b = hashed(text, 0x243f6a88)
    this.#c = hashed(text, 0xb7e15162)
    for (let turn = 0; turn < 12; turn += 1) this.next()
  }

  /** At least 0, below 1. Generator: sfc32 (Doty-Humphrey). */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#d) | 0
    this.#d = (this.#d + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4294967296
  }

  /** True once in 1/share. */
  is(share: number): boolean {
    return share > 0 && this.next() < share
  }

  /** A whole number from low to high, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  /** A whole number of a range. */
  within([low, high]: Range): number {
    return this.whole(low, high)
  }

  /** One of a list. */
  pick<T>(list: readonly T[]): T {
    return list[this.whole(0, list.length - 1)] as T
  }
}

/** From and to, both included. */
export type Range = readonly [low: number, high: number]

/** FNV-1a from a start of its own. */
function hashed(text: string, start: number): number {
  let hash = start
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) ^ (hash >>> 13)
  return hash | 0
}

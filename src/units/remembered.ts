/** Constructs what it is given, so that a class made from it puts its private field on that object. */
function given(value: object): object {
  return value
}
const Given = given as unknown as new (value: object) => object

/** Something found out about objects that are never changed in place. */
export interface Remembered<Fact> {
  /** What was found out about this very object; undefined when nothing was. A copy of it is another object. */
  of(value: object): Fact | undefined
  /** Remembers it in place of what was remembered before. */
  keep(value: object, fact: Fact): void
}

/**
 * Remembers facts on the objects themselves, in a private field that no copy, comparison or serialisation sees. Does what a
 * WeakMap does; but a table of a hundred thousand weak keys is walked by every collection, and each question misses the cache
 * once more.
 */
export function remembered<Fact>(): Remembered<Fact> {
  class Note extends Given {
    #fact: Fact
    constructor(value: object, fact: Fact) {
      super(value)
      this.#fact = fact
    }
    static of(value: object): Fact | undefined {
      return #fact in value ? value.#fact : undefined
    }
    static keep(value: object, fact: Fact): void {
      if (#fact in value) value.#fact = fact
      else new Note(value, fact)
    }
  }
  return Note
}

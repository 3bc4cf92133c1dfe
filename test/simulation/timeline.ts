/** Something that will happen. */
interface Happening {
  readonly at: number
  readonly number: number
  run: (() => void) | null
}

/** A turn of the event loop: every promise that can go on without time has gone on. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * The one order of everything that happens in a simulated world. Time goes from one happening to the next; ties keep the
 * order of planning. Between two of them all microtasks run, and real work (a solve on a thread) is waited for.
 */
export class Timeline {
  #now: number
  #numbers = 0
  readonly #heap: Happening[] = []
  readonly #real = new Set<Promise<unknown>>()

  constructor(start: number) {
    this.#now = start
  }

  get now(): number {
    return this.#now
  }

  /** When the next happening is due; null when there is none. */
  get next(): number | null {
    this.#dropCancelled()
    return this.#heap[0]?.at ?? null
  }

  /** Plans a happening; answers how to call it off. One planned for the past happens now, never inline. */
  at(at: number, run: () => void): () => void {
    this.#numbers += 1
    const happening: Happening = { at: Math.max(at, this.#now), number: this.#numbers, run }
    this.#push(happening)
    return () => {
      happening.run = null
    }
  }

  /** See {@link at}. */
  after(ms: number, run: () => void): () => void {
    return this.at(this.#now + ms, run)
  }

  /** Real work: time stands still until it is over. */
  wait<T>(work: Promise<T>): Promise<T> {
    this.#real.add(work)
    const done = (): void => void this.#real.delete(work)
    work.then(done, done)
    return work
  }

  /** Lets the next happening happen, with all that follows from it at once; false when there is none. */
  async step(): Promise<boolean> {
    this.#dropCancelled()
    const next = this.#pop()
    if (next === undefined) return false
    this.#now = next.at
    next.run?.()
    await turn()
    while (this.#real.size > 0) {
      await Promise.race(this.#real)
      await turn()
    }
    return true
  }

  /** Lets everything due until then happen. */
  async until(at: number): Promise<void> {
    for (let next = this.next; next !== null && next <= at; next = this.next) await this.step()
    this.#now = Math.max(this.#now, at)
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]!.run === null) this.#pop()
  }

  #push(happening: Happening): void {
    const heap = this.#heap
    heap.push(happening)
    for (let child = heap.length - 1; child > 0; ) {
      const parent = (child - 1) >> 1
      if (!before(heap[child]!, heap[parent]!)) break
      swap(heap, child, parent)
      child = parent
    }
  }

  #pop(): Happening | undefined {
    const heap = this.#heap
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    heap[0] = last
    for (let parent = 0; ; ) {
      let least = parent
      for (const child of [2 * parent + 1, 2 * parent + 2])
        if (child < heap.length && before(heap[child]!, heap[least]!)) least = child
      if (least === parent) return top
      swap(heap, parent, least)
      parent = least
    }
  }
}

const before = (a: Happening, b: Happening): boolean => a.at < b.at || (a.at === b.at && a.number < b.number)

function swap(heap: Happening[], a: number, b: number): void {
  const kept = heap[a]!
  heap[a] = heap[b]!
  heap[b] = kept
}

/**
 * One life of a process: everything it does to the world passes through here, so that a kill cuts it off at any of its
 * waits. What it still computes afterwards reaches nobody.
 */
export class Life {
  #alive = true
  #fuse = Number.POSITIVE_INFINITY
  readonly #ends: (() => void)[] = []

  constructor(
    readonly name: string,
    readonly number: number,
  ) {}

  get alive(): boolean {
    return this.#alive
  }

  /** The process will die at the n-th time from now that it touches the world. */
  burn(touches: number): void {
    this.#fuse = touches
  }

  /** The process touches the world: true while it may. */
  touch(): boolean {
    if (!this.#alive) return false
    this.#fuse -= 1
    if (this.#fuse <= 0) this.kill()
    return this.#alive
  }

  /** What is to be done at its death. */
  onEnd(end: () => void): void {
    this.#ends.push(end)
  }

  kill(): void {
    if (!this.#alive) return
    this.#alive = false
    for (const end of this.#ends.splice(0)) end()
  }
}

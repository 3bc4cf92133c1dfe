/** Work by name, each name's one after the other. */
export class Turns<K> {
  readonly #last = new Map<K, Promise<void>>()

  /** Does the work after what was begun before under this name, however that ended. */
  take<T>(name: K, work: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(name) ?? Promise.resolve()).then(work)
    const ended: Promise<void> = mine
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        if (this.#last.get(name) === ended) this.#last.delete(name)
      })
    this.#last.set(name, ended)
    return mine
  }

  /** The work under way, for who must wait for it; undefined when there is none, so that waiting costs no turn. */
  underWay(name: K): Promise<void> | undefined {
    return this.#last.get(name)
  }
}

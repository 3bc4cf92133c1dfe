/** A broken invariant: a bug. The portfolio that met it halts and pages; its siblings go on. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken'

  constructor(
    /** Which invariant: I1…I14 of the engine design, or a short name. */
    readonly invariant: string,
    message: string,
  ) {
    super(`${invariant}: ${message}`)
  }
}

/** Throws {@link InvariantBroken} unless the condition holds; the message is built only on failure. */
export function hold(condition: boolean, invariant: string, message: () => string): asserts condition {
  if (!condition) throw new InvariantBroken(invariant, message())
}

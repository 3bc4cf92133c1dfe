/**
 * Answers that are worked out once for the same question about the same thing, and forgotten with the thing. A thing must not
 * change; a question is told from another by its text.
 */
export class Shared<Thing extends object, Answer> {
  readonly #known = new WeakMap<Thing, Map<string, { readonly answer: Answer }>>()

  /** The answer to `question` about `thing`: the one there is, else that of `work`. What `work` throws is not kept. */
  of(thing: Thing, question: readonly unknown[], work: () => Answer): Answer {
    const answers = this.#known.get(thing) ?? new Map<string, { readonly answer: Answer }>()
    this.#known.set(thing, answers)
    const key = JSON.stringify(question)
    const found = answers.get(key) ?? { answer: work() }
    answers.set(key, found)
    return found.answer
  }
}

/** A value, or a refusal a person can read. A refusal is business saying no: it is never thrown. */
export type Outcome<T, R = Refusal> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: R }

/** Why something was refused: a stable code for machines and metrics, a sentence for people. */
export interface Refusal {
  readonly code: string
  readonly message: string
}

/** Wraps a value. */
export const accept = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value })
/** Wraps a refusal. */
export const refuse = (code: string, message: string): { readonly ok: false; readonly refusal: Refusal } => ({
  ok: false,
  refusal: { code, message },
})

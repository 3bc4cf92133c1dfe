import type { Layers } from './layers.js'

/** One change to a file: the text must be there exactly once. */
export interface Patch {
  readonly file: string
  readonly find: string
  readonly replace: string
}

/** A fault planted in a copy of the production code. */
export interface Mutant {
  readonly name: string
  /** What the fault is, for people. */
  readonly fault: string
  readonly patches: readonly Patch[]
  /** Run too with each of these layers taken away, where it would hide the fault. */
  readonly alsoWithout?: readonly (keyof Layers)[]
}

/** A fault of one patch. */
export const one = (name: string, fault: string, file: string, find: string, replace: string): Mutant => ({
  name,
  fault,
  patches: [{ file, find, replace }],
})

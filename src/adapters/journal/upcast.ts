import { ENTRY_VERSION } from '#domain/portfolio/entry.js'

/** An entry as it was decoded, of whatever version. */
type Decoded = Readonly<Record<string, unknown>>

/** Brings an entry of one version into the shape of the next. Pure; the hash was checked before, over the old bytes. */
type Upcaster = (entry: Decoded) => Decoded

/** By the version they start from; two versions back are kept. Version 2 has another hash of the state, not another shape. */
const UPCASTERS: ReadonlyMap<number, Upcaster> = new Map([[1, (entry) => entry]])

/**
 * An entry in today's shape; undefined when a step on the way is not known, so that the journal is refused rather than
 * misread. Newer entries are refused before. Source: design engine.md section 2.
 */
export function upcast(
  entry: Decoded,
  version: number,
  upcasters: ReadonlyMap<number, Upcaster> = UPCASTERS,
): Decoded | undefined {
  let brought = entry
  for (let at = version; at < ENTRY_VERSION; at += 1) {
    const step = upcasters.get(at)
    if (step === undefined) return undefined
    brought = step(brought)
  }
  return brought
}

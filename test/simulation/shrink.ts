import { type Setup, simulate } from './history.js'
import { TROUBLES, type Trouble } from './profile.js'

/** A history with as little trouble as its failure needs. */
export interface Shrunk {
  /** What could be taken out. */
  readonly without: readonly Trouble[]
  /** All that happened up to the failure. */
  readonly lines: readonly string[]
}

/** Takes kinds of trouble out, one after the other, for as long as the same invariant still breaks. */
export async function shrink(setup: Setup, invariant: string): Promise<Shrunk> {
  let without = setup.without ?? []
  for (const trouble of TROUBLES) {
    const tried = [...without, trouble]
    const { violations } = await simulate({ ...quiet(setup), without: tried })
    if (violations[0]?.invariant === invariant) without = tried
  }
  const lines: string[] = []
  const trace = (at: number, line: string): void => void lines.push(`${String(at).padStart(7)} ${line}`)
  await simulate({ ...setup, without, trace })
  const broken = lines.findIndex((line) => line.includes(` BROKEN `))
  return { without, lines: broken < 0 ? lines : lines.slice(0, broken + 1) }
}

function quiet({ trace: _trace, ...setup }: Setup): Setup {
  return setup
}

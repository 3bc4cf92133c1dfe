import { executableHighs } from './executable.js'
import type { HighsPeer } from './peer.js'
import { pythonHighs } from './python.js'
import { wasmHighs } from './wasm.js'

/** Where to look: HIGHS_BIN, an executable; PYTHON, a Python, `python3` when absent. */
export type HighsPlaces = Readonly<Record<string, string | undefined>>

/**
 * The first HiGHS there is: the executable HIGHS_BIN names, that of a Python with highspy or scipy, the WebAssembly of a
 * development install. Undefined without any. @throws Fault `HIGHS_UNUSABLE` when HIGHS_BIN is none.
 */
export async function findHighs({ HIGHS_BIN, PYTHON }: HighsPlaces): Promise<HighsPeer | undefined> {
  if (HIGHS_BIN) return executableHighs(HIGHS_BIN)
  return (await pythonHighs(PYTHON || 'python3')) ?? wasmHighs()
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeMps } from '#adapters/highs/mps.js'
import { type HighsPeer, STRICT } from '#adapters/highs/peer.js'
import { wasmHighs } from '#adapters/highs/wasm.js'
import type { MeanCvarProblem } from '#domain/optimise/mean-cvar.js'
import { ProgrammeDraft } from '#domain/optimise/programme/draft.js'
import { linearProgramme, unitsOf } from '#domain/optimise/programme/mean-cvar.js'
import { highsOracle } from '../../../support/highs-oracle.js'
import { suiteTempDir } from '../../../support/temp-dir.js'
import { fewNamesProblem, limitedProblem } from '../solver/limited-problem.js'
import { randomProblem } from '../solver/problems.js'

describe('a programme as an MPS file', () => {
  const dir = suiteTempDir()
  let files = 0
  const path = (): string => join(dir, `${files++}.mps`)
  let peer: Promise<HighsPeer | undefined> | undefined

  async function byFile(problem: MeanCvarProblem) {
    peer ??= wasmHighs()
    const model = path()
    const units = unitsOf(problem)
    writeMps(model, linearProgramme(problem, units))
    const { status, objective } = await (await peer)!.solve(model, STRICT)
    return { status, objective: objective === null ? null : objective * units.objective }
  }

  it('states every kind of bound, side and column, numbers in full', () => {
    const draft = new ProgrammeDraft()
    const w = draft.block(
      'w',
      4,
      (i) => [[-0.1, 0.3] as const, [0.25, 0.25] as const, [-Infinity, 1] as const, [0, 0.5] as const][i]!,
    )
    const t = draft.free('t')
    const z = draft.binaries('z', 1)
    const x = draft.block('x', 1)
    draft.row('most', '<=', 1, (put) => {
      for (const column of [w, w + 1, z]) put(column, column === w ? 1 / 3 : 1)
    })
    draft.row('least', '>=', 0, (put) => put(t, -1e-7))
    draft.row('same', '=', -2.5, (put) => put(z, 0))
    draft.minimise((put) => put(t, 0.1 + 0.2))
    const file = path()
    writeMps(file, draft)
    expect([x, readFileSync(file, 'utf8')]).toEqual([
      6,
      `NAME ballast
ROWS
 N obj
 L most
 G least
 E same
COLUMNS
 w0 obj 0
 w0 most 0.3333333333333333
 w1 obj 0
 w1 most 1
 w2 obj 0
 w3 obj 0
 t obj 0.30000000000000004
 t least -1e-7
 mark5 'MARKER' 'INTORG'
 z0 obj 0
 z0 most 1
 mark6 'MARKER' 'INTEND'
 x0 obj 0
RHS
 rhs most 1
 rhs same -2.5
BOUNDS
 LO bnd w0 -0.1
 UP bnd w0 0.3
 FX bnd w1 0.25
 MI bnd w2
 UP bnd w2 1
 LO bnd w3 0
 UP bnd w3 0.5
 FR bnd t
 BV bnd z0
 LO bnd x0 0
ENDATA
`,
    ])
  })

  it.each([
    ['of every feature', randomProblem, 60],
    ['under every limit', limitedProblem, 60],
    ['with few names', fewNamesProblem, 20],
  ] as const)('has the optimum HiGHS finds in the LP text, for problems %s', async (_what, make, count) => {
    let solved = 0
    for (let seed = 1; seed <= count; seed += 1) {
      const problem = make(seed)
      const [oracle, file] = [await highsOracle(problem), await byFile(problem)]
      expect(file.status.toLowerCase(), `seed ${seed}`).toBe(oracle.status)
      if (file.objective === null) continue
      solved += 1
      const error = Math.abs(file.objective - oracle.objective) / unitsOf(problem).objective
      expect(error, `seed ${seed}: ${file.objective} against ${oracle.objective}`).toBeLessThan(1e-9)
    }
    expect(solved).toBeGreaterThan(count / 2)
  })
})

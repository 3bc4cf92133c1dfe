import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '#daemon/package-root.js'
import { testUnless } from '../support/needed.js'
import { suiteTempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'

interface Result {
  readonly objective: number
  readonly comparison: {
    readonly version: string
    readonly wasm: boolean
    readonly status: string
    readonly objective: number
    readonly difference: number
    readonly allowed: number
    readonly seconds: number
    readonly ballast: { readonly objective: number; readonly seconds: number }
  }
}

/** Debian's python3-scipy, or highspy, whichever this machine has. */
const python =
  spawnSync('python3', ['-B', join(packageRoot, 'scripts', 'highs_run.py')]).status === 0
    ? null
    : 'python3 has neither highspy nor scipy'
const BINARY = { HIGHS_BIN: join(packageRoot, 'test', 'support', 'highs-executable.py') }
const NO_PYTHON = { PYTHON: '/nonexistent/python' }

/** Costs with a step, a group, turnover and leverage over short positions: most of what a programme can hold. */
const PROBLEM = `
mean: scenario
confidence: 0.8
bounds: {min: -0.2, max: 0.6}
held: {AAA: 0.4, BBB: 0.4}
cash: [0, 0.1]
turnover: 0.4
leverage: 1.5
groups: [{name: two, members: [AAA, BBB], max: 0.7, min: 0.1}]
costs: {buy_bps: 5, sell_bps: 8, holding_periods: 12, steps: [{beyond: 0.1, buy_bps: 5, sell_bps: 5}]}
`

describe('ballast optimise --compare highs', () => {
  const dir = suiteTempDir()
  const returns = join(packageRoot, 'test', 'fixtures', 'parquet', 'returns-zstd.parquet')
  const compare = (problem: string, env: Record<string, string>, ...more: readonly string[]): Promise<Ended> => {
    writeFileSync(join(dir, 'problem.yaml'), problem)
    const args = ['optimise', '--returns', returns, '--problem', 'problem.yaml', '--compare', 'highs', ...more]
    return ballast(args, { cwd: dir, env })
  }

  for (const [which, env, version, missing] of [
    ['that python3 brings', {}, /^HiGHS [\d.]+ \((scipy .*|highspy)\)$/, python],
    ['HIGHS_BIN names', BINARY, /^HiGHS [\d.]+ \(executable\)$/, python],
    ['in WebAssembly, which is said', NO_PYTHON, /^HiGHS [\d.]+ \(WebAssembly\)$/, null],
  ] as const)
    testUnless(missing)(`prints status, objective, difference and seconds of the HiGHS ${which}`, async () => {
      const scratch = join(dir, 'scratch')
      mkdirSync(scratch, { recursive: true })
      const ended = await compare(PROBLEM, { ...env, TMPDIR: scratch }, '-o', 'json')
      const { objective, comparison } = dataOf<Result>(ended)
      expect(comparison).toMatchObject({ status: 'Optimal', allowed: 1e-8, ballast: { objective } })
      expect([comparison.version, comparison.wasm]).toEqual([expect.stringMatching(version), env === NO_PYTHON])
      expect(comparison.difference).toBeLessThan(1e-8)
      expect(comparison.objective).toBeCloseTo(objective, 9)
      expect(comparison.seconds).toBeGreaterThanOrEqual(0)
      expect(comparison.ballast.seconds).toBeGreaterThan(0)
      expect(readdirSync(scratch)).toEqual([])
    })

  it('prints it for people', async () => {
    const { code, stdout } = await compare(PROBLEM, NO_PYTHON)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^HiGHS +Optimal, objective -?0\.\d+, difference \S+ of 1\.0e-8 allowed$/m)
    expect(stdout).toMatch(/^seconds +Ballast [\d.e-]+, HiGHS [\d.]+ \(WebAssembly\) [\d.e-]+$/m)
  })

  it('counts names as HiGHS does, and calls infeasible what HiGHS does', async () => {
    const few = dataOf<Result>(await compare('cardinality: {most: 2, smallest: 0.1}\n', NO_PYTHON, '-o', 'json'))
    expect(few.comparison.difference).toBeLessThan(1e-8)
    const none = await compare('bounds: {max: 0.1}\n', NO_PYTHON, '-o', 'json')
    expect([none.code, errorOf(none)]).toMatchObject([1, { code: 'INFEASIBLE', highs: { status: 'Infeasible' } }])
    expect(none.stderr).toMatch(/\(HiGHS [\d.]+ \(WebAssembly\): Infeasible\)/)
  })

  it('exits 1 when the objectives differ, with both', async () => {
    const liar = join(dir, 'liar')
    const solution =
      'Model status\\nOptimal\\n\\n# Primal solution values\\nFeasible\\nObjective 0.5\\n# Columns 0\\n# Rows 0\\n'
    const script = `#!/bin/sh\n[ "$1" = --version ] && echo HiGHS version 9.9.9 && exit\nprintf '${solution}' > "$4"\necho 'HiGHS run time : 0.25'\n`
    writeFileSync(liar, script, { mode: 0o755 })
    const ended = await compare(PROBLEM, { HIGHS_BIN: liar }, '-o', 'json')
    expect([ended.code, errorOf(ended)]).toMatchObject([
      1,
      { code: 'HIGHS_DIFFERS', highs: { version: 'HiGHS 9.9.9 (executable)', status: 'Optimal', seconds: 0.25 } },
    ])
    expect(ended.stderr).toMatch(
      /HiGHS 9\.9\.9 \(executable\) finds \S+ where Ballast finds \S+: \S+ apart, and 1\.0e-8 is allowed/,
    )
  })

  it('exits 64 on a HIGHS_BIN that is none, on another solver and beside --frontier', async () => {
    const absent = await compare('{}', { HIGHS_BIN: '/nonexistent/highs' }, '-o', 'json')
    expect([absent.code, errorOf(absent)]).toMatchObject([64, { code: 'HIGHS_UNUSABLE', path: '/nonexistent/highs' }])
    const broken = await compare('{}', { HIGHS_BIN: '/bin/false' }, '-o', 'json')
    expect([broken.code, errorOf(broken).code]).toEqual([64, 'HIGHS_UNUSABLE'])
    const frontier = await compare(PROBLEM, NO_PYTHON, '--frontier', '5')
    expect([frontier.code, frontier.stderr]).toEqual([64, expect.stringContaining('leave --frontier out')])
    const other = await ballast(['optimise', '--returns', returns, '--compare', 'cplex'], { cwd: dir })
    expect([other.code, other.stderr]).toEqual([64, expect.stringContaining('highs')])
  })
})

import { describe, expect, it } from 'vitest'
import { strayMetrics, undescribedKeys, unexplainedMetrics } from './documents.js'
import { unusedExports } from './exports.js'
import { untestedFailures } from './failures.js'
import { violations } from './rules.js'
import { parseTypeScript } from './source.js'

/** Rules that a text at a path breaks. */
const broken = (path: string, text: string): string[] => violations({ path, text }).map(({ rule }) => rule)

const CLEAN = `import { money } from '#units/money.js'
import { due } from './trigger.js'

/** Half of what is due. */
export const half = (amount: number): number => due(money('1'), amount) / 2

/** Limits of a plan. */
export interface Limits {
  readonly process: number
  readonly fetch?: Date
}

/** Minutes and hours in seconds. */
export const MINUTE = 60
export const HOUR = 3600

const at = new Date(0)
const read = (limits: Limits): number => limits.process + at.getTime()
/** Reads. */
export { read }
`

describe('the tidy rules', () => {
  it('let clean code pass', () => {
    expect(
      violations({
        path: 'src/domain/half.ts',
        text: CLEAN.replace('/** Reads. */\n', '').replace('const read', '/** Reads. */\nconst read'),
      }),
    ).toEqual([])
  })

  const planted: readonly [string, string, string, string][] = [
    ['an import up the stairs', 'src/domain/a.ts', "import { x } from '#runtime/x.js'", 'floors'],
    ['an import in units', 'src/units/a.ts', "import { x } from '#domain/x.js'", 'floors'],
    ['a type import between siblings', 'src/adapters/a.ts', "import type { X } from '#runtime/x.js'", 'floors'],
    ['a re-export from above', 'machines/a.ts', "export { x } from '#ports/x.js'", 'floors'],
    ['a dynamic import from above', 'src/ports/a.ts', "const x = import('#adapters/x.js')", 'floors'],
    ['an import type from above', 'src/ports/a.ts', "type X = import('#daemon/x.js').X", 'floors'],
    ['a relative path to another floor', 'src/ports/a.ts', "import { x } from '../domain/x.js'", 'floors'],
    ['a long way to the same floor', 'src/domain/book/a.ts', "import { x } from '#domain/x.js'", 'floors'],
    ['the daemon importing the command line', 'src/daemon/a.ts', "import { x } from '#cli/x.js'", 'floors'],
    ['node: in the domain', 'src/domain/a.ts', "import { readFileSync } from 'node:fs'", 'floors'],
    ['charts loaded at every start', 'src/cli/a.ts', "import { x } from '#report/x.js'", 'startup'],
    ['Parquet loaded at every start', 'src/adapters/a.ts', "import { x } from './feed/parquet-table.js'", 'startup'],
    ['a barrel', 'src/domain/a.ts', "export * from './b.js'", 'barrel'],
    ['an approval minted elsewhere', 'src/runtime/a.ts', "import { markApproved } from '#units/proof.js'", 'minters'],
    [
      'a journaling minted under another name',
      'src/runtime/a.ts',
      "import { markJournaled as ok } from '#units/proof.js'",
      'minters',
    ],
    ['the clock', 'src/domain/a.ts', 'const at = Date.now()', 'purity'],
    ['the clock by construction', 'src/units/a.ts', 'const at = new Date()', 'purity'],
    ['chance', 'src/numerics/a.ts', 'const x = Math.random()', 'purity'],
    ['the environment', 'machines/a.ts', 'const x = process.env.X', 'purity'],
    ['a timer', 'src/domain/a.ts', 'setTimeout(() => undefined, 1)', 'purity'],
    ['the network', 'src/domain/a.ts', "const x = fetch('http://x')", 'purity'],
    ['a global in shorthand', 'src/domain/a.ts', 'const x = { process }', 'purity'],
    ['an async function', 'src/domain/a.ts', 'const x = async () => 1', 'async'],
    ['an undocumented function', 'src/ports/a.ts', 'export function x(): void {}', 'docstring'],
    ['an undocumented interface', 'src/ports/a.ts', 'export interface X {}', 'docstring'],
    ['an undocumented type', 'src/ports/a.ts', '// a comment is no docstring\nexport type X = 1', 'docstring'],
    ['an undocumented local export', 'src/ports/a.ts', 'const x = 1\nexport { x }', 'docstring'],
    [
      'a docstring that belongs to something else',
      'src/ports/a.ts',
      '/** Of y. */\nconst y = 1\nexport const x = y',
      'docstring',
    ],
    [
      'a function sharing a docstring',
      'src/ports/a.ts',
      '/** A. */\nexport const a = 1\nexport const b = () => 1',
      'docstring',
    ],
    ['an empty docstring', 'src/ports/a.ts', '/** */\nexport const x = 1', 'docstring'],
    ['any', 'src/ports/a.ts', 'const x = (1 as any)', 'any'],
    ['any in a type argument', 'src/ports/a.ts', 'const x: Array<any> = []', 'any'],
    ['a silenced compiler', 'src/ports/a.ts', `// @ts-${'ignore'}\nconst x = 1`, 'comment'],
    ['a silenced linter', 'src/ports/a.ts', `// biome-${'ignore'} lint: because\nconst x = 1`, 'comment'],
    ['unfinished business', 'src/ports/a.ts', `/* ${'TO'}${'DO'} later */`, 'comment'],
    ['talk on the terminal', 'src/daemon/a.ts', "console.log('x')", 'console'],
    ['a long file', 'src/ports/a.ts', 'const x = 1\n'.repeat(301), 'file size'],
    ['a long native file', 'native/src/a.cpp', 'int x;\n'.repeat(401), 'file size'],
    ['a long function', 'src/ports/a.ts', `function x() {\n${'  y()\n'.repeat(59)}}`, 'function size'],
    ['a long method', 'src/ports/a.ts', `class X { x() {\n${'  y()\n'.repeat(59)}} }`, 'function size'],
  ]
  it.each(planted)('see %s', (_what, path, text, rule) => {
    expect(broken(path, text)).toContain(rule)
  })

  it('allow at the limit what they refuse beyond it', () => {
    expect(broken('src/ports/a.ts', 'const x = 1\n'.repeat(300))).toEqual([])
    expect(broken('native/src/a.cpp', 'int x;\n'.repeat(400))).toEqual([])
    expect(broken('src/ports/a.ts', `function x() {\n${'  y()\n'.repeat(58)}}`)).toEqual([])
  })

  it('allow what each floor may do', () => {
    expect(broken('src/runtime/dispatch.ts', "import { markJournaled } from '#units/proof.js'")).toEqual([])
    expect(broken('src/runtime/host.ts', "import { x } from '#machines/x.js'")).toEqual([])
    expect(broken('src/cli/main.ts', "import { x } from '#daemon/x.js'\nconsole.log(x)")).toEqual([])
    expect(broken('src/daemon/a.ts', 'const at = Date.now()')).toEqual([])
    expect(broken('src/domain/a.ts', 'const at = new Date(5)')).toEqual([])
  })

  /** Unused exports of `src/units/a.ts` with this text, while other files have these. */
  const unused = (text: string, others: Readonly<Record<string, string>> = {}): string[] =>
    unusedExports(
      Object.entries({ 'src/units/a.ts': text, ...others }).map(([path, text]) => parseTypeScript({ path, text })),
    ).map(({ where, what }) => `${where} ${what}`)

  it('see an export that no other file imports, however it is spelled', () => {
    for (const text of [
      'export const x = 1',
      'export function x() {}',
      'export class x {}',
      'export type x = 1',
      'const x = 1; export { x }',
      'const y = 1; export { y as x }',
      "export { x } from './b.js'",
    ])
      expect(unused(text)).toEqual(['src/units/a.ts:1 x'])
    expect(unused('export const x = 1, y = 2\nexport default x')).toEqual([
      'src/units/a.ts:1 x',
      'src/units/a.ts:1 y',
      'src/units/a.ts:2 default',
    ])
    expect(unused('export const x = 1', { 'src/units/b.ts': "import { x } from './c.js'" })).toHaveLength(1)
    expect(unused('export const x = 1', { 'src/units/b.ts': "import { y } from './a.js'" })).toHaveLength(1)
    expect(unused('export type X = 1\nexport function f() { const x: X = 1 }')).toHaveLength(2)
    expect(unused('export type X = { readonly next: X }')).toHaveLength(1)
  })

  it('take an import from anywhere, and a mention in another signature, as a use', () => {
    for (const [path, text] of [
      ['src/units/b.ts', "import { x } from './a.js'"],
      ['src/units/deep/b.ts', "import { x as z } from '../a.js'"],
      ['src/domain/b.ts', "import type { x } from '#units/a.js'"],
      ['src/index.ts', "export { x } from '#units/a.js'"],
      ['src/index.ts', "export * from '#units/a.js'"],
      ['test/b.test.ts', "import * as a from '#units/a.js'"],
      ['test/c.test.ts', "type X = import('#units/a.js').x"],
      ['scripts/b.mjs', "const { x } = await import('../dist/src/units/a.js')"],
    ] as const)
      expect(unused('export const x = 1', { [path]: text })).toEqual([])
    const used = { 'test/b.test.ts': "import { f, D } from '#units/a.js'" }
    expect(unused('export interface X {}\nexport const f = (x: X): void => {}\nexport class D {}', used)).toEqual([])
    expect(unused('export interface X {}\nexport interface D extends X {}\nexport const f = 1', used)).toEqual([])
  })

  it('see a configuration key without description, however deep', () => {
    const described = { properties: { a: { description: 'A.', default: { properties: {} } } } }
    expect(undescribedKeys(described)).toEqual([])
    const deep = { properties: { a: { description: 'A.', anyOf: [{ properties: { b: { type: 'string' } } }] } } }
    expect(undescribedKeys(deep)).toEqual([{ rule: 'config key', where: 'a.b', what: 'has no description' }])
  })

  it('see a metric without words, one nobody knows and one nobody sets', () => {
    const metric = { name: 'ballast_a', type: 'gauge', help: ' ', labels: {}, dashboard: 'risk' } as const
    expect(unexplainedMetrics([metric])).toHaveLength(1)
    const code = [{ path: 'src/daemon/a.ts', text: "\nmetrics.count('ballast_b')" }]
    expect(strayMetrics([metric], code).map(({ where }) => where)).toEqual(['src/daemon/a.ts:2', 'ballast_a'])
  })

  it('find a failure without a test, a test that is named otherwise, and a file that is gone', () => {
    const text = '# F\n\n## one\nwords\n\n## two\n- `a.ts`: is here\n- `a.ts`: is not\n- `b.ts`: is here\n'
    const read = (path: string) => (path === 'a.ts' ? "it('is here, and more', () => {" : undefined)
    expect(untestedFailures({ path: 'f.md', text }, read).map(({ where, what }) => `${where} ${what}`)).toEqual([
      'f.md:3 one has no test',
      'f.md:8 a.ts has no test named is not',
      'f.md:9 there is no b.ts',
    ])
  })
})

import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '#daemon/package-root.js'
import { tempDir } from '../support/temp-dir.js'
import { ballast } from './cli-process.js'

const NAME = 'largest-order'

/** What a source tree is made of; what is installed and built is shared. */
const PARTS = readdirSync(packageRoot).filter((name) => !/^(\.git|\.setup|dist|build|node_modules)$/.test(name))

function copiedTree(): string {
  const tree = tempDir()
  for (const part of PARTS) cpSync(join(packageRoot, part), join(tree, part), { recursive: true })
  for (const shared of ['node_modules', 'build']) symlinkSync(join(packageRoot, shared), join(tree, shared))
  return tree
}

/** Runs a tool in a tree: its exit code, and what it said when that is not 0. */
const tool = (tree: string, ...args: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH ?? '', BALLAST_SEQUENCES: '20' }
    execFile('npx', ['--no-install', ...args], { cwd: tree, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve(error === null ? 'passes' : `${stdout}${stderr}`),
    )
  })

describe('ballast rule new', () => {
  it('writes a rule that the project’s own checks pass, at once', async () => {
    const tree = copiedTree()
    const made = await ballast(['rule', 'new', NAME, '--dir', tree])
    expect([made.code, made.stderr]).toEqual([0, ''])
    const files = [...made.stdout.matchAll(/^(?:written|changed) {2}(\S+)$/gm)].map(([, path]) => path!)
    expect(files).toHaveLength(5)
    const registry = readFileSync(join(tree, 'src/domain/governance/registry.ts'), 'utf8')
    expect(registry).toContain("'gross-net-leverage': grossNetLeverage,\n  'largest-order': largestOrder,\n")
    const [own] = [`test/unit/domain/governance/rules/${NAME}.test.ts`]
    const checks = [
      ['biome', 'check', ...files],
      ['tsc', '--noEmit', '-p', 'tsconfig.json'],
      ['vitest', 'run', own!, 'test/laws/rules.test.ts', 'test/tidy/house.test.ts'],
    ]
    for (const check of checks) expect(await tool(tree, ...check), check[0]).toBe('passes')
    // And they look at it: one that cuts what it should let pass does not.
    const rule = join(tree, `src/domain/governance/rules/${NAME}.ts`)
    writeFileSync(rule, readFileSync(rule, 'utf8').replace('leg.value.lte(most)', 'leg.value.gte(most)'))
    expect(await tool(tree, 'vitest', 'run', own!)).toMatch(/FAIL .*largest-order/)
  }, 240_000)

  it.each([
    ['a name that is none', ['Largest_Order'], "a rule's name is words"],
    ['a rule that is there', ['turnover'], 'src/domain/governance/rules/turnover.ts is there already'],
  ])('refuses %s', async (_, args, told) => {
    const ended = await ballast(['rule', 'new', ...args, '--dir', packageRoot])
    expect(ended.code).toBe(64)
    expect(ended.stderr).toContain(told)
  })

  it('refuses a folder that is no source tree', async () => {
    const ended = await ballast(['rule', 'new', NAME, '--dir', tempDir()])
    expect([ended.code, ended.stderr]).toEqual([64, expect.stringContaining('is no source tree of ballast')])
  })
})

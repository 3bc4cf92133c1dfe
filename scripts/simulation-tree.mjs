// Builds a copy of the tree with the simulator in it, changed where a list of patches says so: build/simulation/<name>.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** How a simulator is started: histories make much short-lived rubbish. */
export const FLAGS = ['--max-semi-space-size=64']

/** Copied whole; the simulator is all that is taken of the tests. */
const PARTS = ['src', 'machines', join('test', 'simulation'), 'tsconfig.json']

/** Where a tree is. */
export const treeOf = (name) => join(root, 'build', 'simulation', name)

/** Where a tree's compiled simulator is. */
export const simulatorOf = (name) => join(treeOf(name), 'dist', 'test', 'simulation')

/** SHA-256 over everything a simulator is made of: what was found of other code says nothing of this one. */
export function treeDigest() {
  const hash = createHash('sha256')
  const filesOf = (part) => {
    const path = join(root, part)
    if (!statSync(path).isDirectory()) return [part]
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  }
  for (const file of PARTS.flatMap(filesOf).sort()) hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/**
 * Copies, from the repository or another tree, patches and compiles; answers the folder of the compiled simulator. A patch whose text is not found exactly
 * once is an error.
 */
export function buildTree(name, patches = [], from = root) {
  const tree = treeOf(name)
  for (const part of [...PARTS, 'dist']) rmSync(join(tree, part), { recursive: true, force: true })
  mkdirSync(tree, { recursive: true })
  for (const part of PARTS)
    cpSync(join(from, part), join(tree, part), { recursive: true, filter: (path) => !path.endsWith('.test.ts') })
  // Another name than the repository's own, so that the native library is looked for there and not here.
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(join(tree, 'package.json'), JSON.stringify({ ...manifest, name: 'ballast-simulation' }))
  for (const { file, find, replace } of patches) {
    const path = join(tree, file)
    const text = readFileSync(path, 'utf8')
    if (text.split(find).length !== 2) throw new Error(`${name}: ${file} does not hold this once:\n${find}`)
    writeFileSync(
      path,
      text.replace(find, () => replace),
    )
  }
  compile(tree, name, patches.length > 0)
  return simulatorOf(name)
}

function compile(tree, name, patched) {
  // A planted fault may leave a name unused, and its types are nobody's concern.
  const loose = patched ? ['--noCheck'] : []
  const config = { extends: './tsconfig.json', include: ['src', 'machines', 'test'], compilerOptions: OPTIONS }
  writeFileSync(join(tree, 'tsconfig.simulation.json'), JSON.stringify(config))
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const { status, stdout } = spawnSync(
    process.execPath,
    [tsc, '-p', join(tree, 'tsconfig.simulation.json'), ...loose],
    {
      encoding: 'utf8',
    },
  )
  if (status !== 0 || !existsSync(simulatorOf(name))) throw new Error(`${name} does not compile:\n${stdout}`)
}

const OPTIONS = { declaration: false, sourceMap: false, incremental: false }

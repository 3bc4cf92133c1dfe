// Plants each fault in a copy of the tree and looks for it by simulation: npm run simulate:mutants [-- names…]
// [--seeds 20000] [--density 1000] [--jobs 1]. Goes on where it stopped; the table is bench/results/mutants.md.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildTree, FLAGS, root, simulatorOf, treeDigest, treeOf } from './simulation-tree.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '20000' },
    density: { type: 'string', default: '1000' },
    jobs: { type: 'string', default: '1' },
    fresh: { type: 'boolean', default: false },
  },
})
const density = Number(values.density)
/** Seeds for a fault that a layer may hide. */
const MASKED = 500
const state = join(root, 'build', 'simulation', 'mutants.json')
if (values.fresh) rmSync(state, { force: true })
const tree = treeDigest()
const results = readState()
const { MUTANTS } = await import(join(buildTree('clean'), 'mutants.js'))
const ALL = ['idempotent', 'tombstones', 'fencing', 'replays', 'comparisons']

const runs = MUTANTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name)).flatMap((mutant) => [
  { mutant, off: null },
  ...(mutant.alsoWithout ?? []).map((off) => ({ mutant, off })),
])
// The same seeds without any fault, with each layer away: what its absence alone breaks.
const baselines = [null, ...new Set(runs.flatMap(({ off }) => (off === null ? [] : [off])))]
const nothing = { name: 'clean', fault: 'none: the code as it is', patches: [] }
const rows = [...baselines.map((off) => ({ mutant: nothing, off })), ...runs]
const key = ({ mutant, off }) => (off === null ? mutant.name : `${mutant.name} without ${off}`)

const folders = new Map()

// First a catch of each, which takes seconds; then how many of the first seeds catch it.
await through(
  rows.filter((row) => row.mutant !== nothing && results[key(row)]?.first === undefined),
  find,
)
await through(
  rows.filter((row) => results[key(row)]?.density !== density),
  count,
)
if (positionals.length === 0) writeTable()
const found = new Set(rows.filter((row) => results[key(row)]?.first).map(({ mutant }) => mutant.name))
const survivors = runs.map(({ mutant }) => mutant.name).filter((name) => !found.has(name))
console.log(`${found.size} faults found, not found: ${[...new Set(survivors)].join(', ') || 'none'}`)
const sound = results.clean?.failing === 0
if (!sound) console.log('the code without any fault breaks an invariant too')
process.exitCode = survivors.length === 0 && sound ? 0 : 1

/** Where a fault's simulator is; it is built once, another job may be running it. */
function folderOf(mutant) {
  if (mutant === nothing) return simulatorOf('clean')
  if (!folders.has(mutant)) folders.set(mutant, buildTree(mutant.name, mutant.patches, treeOf('clean')))
  return folders.get(mutant)
}

/** Takes every row through a task, several at once; what is known is written after each. */
async function through(waiting, task) {
  const work = async () => {
    for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
      const { mutant, off } = row
      const folder = folderOf(mutant)
      const layers = ['--layers', ALL.filter((layer) => layer !== off).join(',')]
      const known = results[key(row)] ?? { name: mutant.name, fault: mutant.fault }
      results[key(row)] = { ...known, ...(await task(folder, layers, row)) }
      writeFileSync(state, JSON.stringify({ tree, results }, null, 1))
      console.log(lineOf(key(row), results[key(row)]))
    }
  }
  await Promise.all(Array.from({ length: Number(values.jobs) }, work))
}

/** The first seed that fails with the fault and not without it. */
async function find(folder, layers, { mutant, off }) {
  // Where a layer may hide the fault, it is looked for thoroughly without that layer.
  const most = off === null && mutant.alsoWithout !== undefined ? Math.min(MASKED, values.seeds) : Number(values.seeds)
  for (let from = 1; from <= most; ) {
    const left = ['--from', String(from), '--seeds', String(most - from + 1), '--stop', ...layers]
    const [first] = (await simulate(folder, left)).failing
    if (first === undefined) break
    const { seed, violations } = first
    const alone = await simulate(simulatorOf('clean'), ['--from', String(seed), '--seeds', '1', ...layers])
    const [{ invariant, what }] = violations
    if (alone.failing.length === 0) return { first: seed, invariant, what, searched: seed }
    from = seed + 1
  }
  return { first: null, searched: most }
}

/** How many of the first seeds fail. */
async function count(folder, layers) {
  const { failing } = await simulate(folder, ['--from', '1', '--seeds', String(density), ...layers])
  return { failing: failing.length, density }
}

/** Runs a simulator; answers its failing seeds and how many it lived through. */
function simulate(folder, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...FLAGS, join(folder, 'main.js'), '--json', ...args])
    let out = ''
    let errors = ''
    child.stdout.on('data', (data) => (out += data))
    child.stderr.on('data', (data) => (errors += data))
    child.on('close', () => {
      const rows = out
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line))
      const total = rows.find((row) => 'seeds' in row)
      if (total === undefined) reject(new Error(`${folder} ended early:\n${out}${errors}`))
      else resolve({ failing: rows.filter((row) => 'seed' in row), seeds: total.seeds })
    })
  })
}

/** What an interrupted campaign over this very code knows already. */
function readState() {
  try {
    const known = JSON.parse(readFileSync(state, 'utf8'))
    return known.tree === tree ? known.results : {}
  } catch {
    return {}
  }
}

function lineOf(name, { first, invariant, what, failing, searched }) {
  const found = first == null ? `not found in ${searched ?? density} seeds` : `seed ${first}, by ${invariant}: ${what}`
  return `${name.padEnd(32)} ${failing === undefined ? found : `${failing} of the first ${density} seeds fail`}`
}

function writeTable() {
  const head = `# Planted faults found by simulation

Each fault is a patch of the production code (\`test/simulation/mutants.ts\`), compiled apart and run over the seeds from 1 on until one
breaks an invariant (at most ${values.seeds}), and over the first ${density} for its density. \`without fencing\` and the like take a
layer away (\`layers.ts\`); the rows of \`clean\` show what its absence alone breaks.
A seed counts only if the code without the fault lives through it. Made by \`npm run simulate:mutants\`.

| fault | what | first failing seed | caught by | failing per ${density} seeds |
|---|---|---|---|---|
`
  const lines = rows.map((row) => {
    const { first, invariant, failing, searched } = results[key(row)] ?? {}
    const found = first ?? (searched === undefined ? '' : `none in ${searched}`)
    return `| ${key(row)} | ${row.mutant.fault} | ${found} | ${invariant ?? ''} | ${failing ?? ''} |`
  })
  mkdirSync(join(root, 'bench', 'results'), { recursive: true })
  writeFileSync(join(root, 'bench', 'results', 'mutants.md'), `${head}${lines.join('\n')}\n`)
}

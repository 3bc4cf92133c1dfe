// Ballast's optimiser beside native HiGHS (textbook and dual form) and, when BALLAST_PROTOTYPE names one, a prototype:
// same files, same machine, same run, round by round. See README.md for the options. Needs `npm run setup`.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { packageRoot } from '../dist/src/adapters/package-root.js'
import { growthChart } from './optimiser/chart.mjs'
import { addonVersion, ballast, highs, prototype } from './optimiser/contestants.mjs'
import { figuresOf } from './optimiser/figures.mjs'
import { frontierCase } from './optimiser/frontier.mjs'
import { growth } from './optimiser/growth.mjs'
import { CASES, instanceOf, LARGE } from './optimiser/instances.mjs'
import { manyCase } from './optimiser/many.mjs'
import { marketCases, marketInstances } from './optimiser/market.mjs'
import { compete } from './optimiser/rounds.mjs'
import { caseTable, extrasTable } from './optimiser/table.mjs'
import { load } from './orders-machine.mjs'

const { values: given } = parseArgs({
  options: {
    size: { type: 'string' },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    chart: { type: 'string' },
    large: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    limit: { type: 'string', default: '600' },
    market: { type: 'string', default: join(packageRoot, '../shared/data/market') },
    'one-way': { type: 'boolean', default: false },
    'peers-only': { type: 'boolean', default: false },
  },
})
const options = { limit: Number(given.limit), oneWay: given['one-way'] }
const rounds = Number(given.rounds)
const tell = (sentence) => process.stderr.write(`${sentence}\n`)
const print = (text) => given.json || process.stdout.write(`${text}\n`)

/** Everyone who takes part in an instance, in the order of the table. */
function contestantsOf(instance, peer) {
  const { peers, rival, precision } = instance
  const binary = process.env.BALLAST_PROTOTYPE
  const ours = given['peers-only'] ? [] : [1, 2].map((threads) => ballast(threads, options))
  const rivals = binary && rival && precision === 'float64' ? [1, 2].map((n) => prototype(binary, n, options)) : []
  return [...ours, ...rivals, ...(peer ? peers.map(peer.forms) : [])]
}

/** The sizes asked for. */
function chosen() {
  const all = given.large ? [...CASES, LARGE] : CASES
  if (given.size === undefined) return all
  const found = [...CASES, LARGE].filter(({ id }) => id === given.size)
  if (found.length > 0 || ['frontier', 'many', 'market', 'growth'].includes(given.size)) return found
  throw new Error(`no size ${given.size}; there are ${[...CASES, LARGE].map(({ id }) => id).join(', ')}, and parts`)
}

const wants = (part) => given.size === undefined || given.size === part
const caseOf = (id) => CASES.find((one) => one.id === id)

/** The most memory this process has held so far, in matrices: telling only when one size runs alone. */
const memoryOf = ({ problem }) =>
  Number(((process.resourceUsage().maxRSS * 1024) / problem.scenarios.returns.byteLength).toPrecision(4))

async function run(folder, peer) {
  const withPeer = (instance) => contestantsOf(instance, peer)
  const cases = []
  for (const wanted of chosen()) {
    const instance = instanceOf(wanted, folder)
    const found = figuresOf(instance, await compete(withPeer(instance), instance, rounds, tell))
    cases.push({ ...found, peakMemory: memoryOf(instance) })
    print(caseTable(cases.at(-1)))
  }
  const real = wants('market') ? marketInstances(given.market, folder, tell) : []
  const market = await marketCases(real, withPeer, rounds, tell)
  for (const line of market) print(caseTable(line))
  const extras = []
  if (wants('frontier')) {
    extras.push(await frontierCase(instanceOf(caseOf('500x10000'), folder), rounds, options))
    for (const instance of real) extras.push(await frontierCase(instance, rounds, options))
  }
  if (wants('many')) extras.push(await manyCase(instanceOf(caseOf('100x10000'), folder), options))
  print(extrasTable(extras))
  const wantsGrowth = given.chart !== undefined || given.size === 'growth'
  const grown = wantsGrowth ? await growth(withPeer, folder, tell) : undefined
  return { cases, market, extras, growth: grown }
}

const folder = mkdtempSync(join(tmpdir(), 'ballast-optimiser-'))
const before = load()
const peer = await highs(options, tell)
const clear = () => {
  peer?.stop()
  rmSync(folder, { recursive: true, force: true })
}
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    clear()
    process.exit(1)
  })
try {
  const result = await run(folder, peer)
  const machine = { cpu: cpus()[0].model, cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30) }
  const versions = {
    node: process.version,
    addon: addonVersion(),
    highs: peer?.version,
    prototype: process.env.BALLAST_PROTOTYPE ? 'present' : 'absent',
  }
  const command = ['node', 'bench/optimiser.mjs', ...process.argv.slice(2)].join(' ')
  const report = { command, machine, load: { before, after: load() }, versions, rounds, ...result }
  print(
    `${machine.cpu}, ${machine.cores} cores; ${versions.highs ?? 'no HiGHS'}; load ${before.one} to ${report.load.after.one}`,
  )
  if (given.json) {
    for (const line of [...result.cases, ...result.market, ...result.extras])
      process.stdout.write(`${JSON.stringify({ ...line, versions, machine, load: report.load })}\n`)
  }
  if (given.out) writeFileSync(given.out, `${JSON.stringify(report, null, 2)}\n`)
  if (given.chart) writeFileSync(given.chart, growthChart(result.growth))
} finally {
  clear()
}

// The pulse at scale: npm run bench:pulse -- [--out FILE] [--portfolios 10000] [--holdings 100] [--instruments 2000].
// The pass over all portfolios beside exact triggers on a sample of them, in one run; what a pass allocates; what an idle
// portfolio takes. See README.md.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { PerformanceObserver } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { due } from '../dist/src/domain/trigger.js'
import { noMetrics } from '../dist/src/ports/metrics.js'
import { Pulse } from '../dist/src/runtime/pulse.js'
import { Screen } from '../dist/src/runtime/screen/screen.js'
import { hardwareOf, load, median } from './orders-machine.mjs'
import { basePrices, drawing, instrumentsOf, movedView, portfoliosOf, viewOf } from './pulse/books.mjs'

const { values: options } = parseArgs({
  options: {
    out: { type: 'string' },
    portfolios: { type: 'string', default: '10000' },
    holdings: { type: 'string', default: '100' },
    instruments: { type: 'string', default: '2000' },
  },
})
const [portfolios, holdings, instruments] = [options.portfolios, options.holdings, options.instruments].map(Number)
/** Passes of each kind; the least of them counts, for other work only ever adds. */
const PASSES = 30
/** Portfolios that are valued exactly beside each pass, and passes over which allocation is watched. */
const SAMPLE = 20
const WATCHED = 400

const three = (value) => Number(value.toPrecision(3))
const heap = () => process.memoryUsage().heapUsed

/** Wall and processor milliseconds of something. */
async function timed(work) {
  const [wall, processor] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(processor)
  return { wall: performance.now() - wall, processor: (user + system) / 1000 }
}

/** The least and the middle of several. */
const summary = (times) => ({
  leastMs: three(Math.min(...times.map(({ wall }) => wall))),
  medianMs: three(median(times.map(({ wall }) => wall))),
  leastProcessorMs: three(Math.min(...times.map(({ processor }) => processor))),
})

/** Bytes that are in use once nothing unused is left. */
function kept() {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const draw = drawing(7)
const names = instrumentsOf(instruments)
const prices = basePrices(names, draw)
const states = portfoliosOf({ portfolios, holdings, names, prices, draw })
const ids = [...states.keys()]
const snapshots = new Map(
  [...states].map(([id, context]) => [id, { value: { permission: 'active', ownership: 'ready' }, context }]),
)
const first = viewOf(prices)
const views = { first, all: movedView(first, 1, draw), one: movedView(first, 0.01, draw) }
/** Every look is later than the one before. The views are changed in place, or the bench itself would make the rubbish. */
let time = first.at
const later = (view) => {
  time += 1_000
  view.at = time
  return view
}

/** A pulse as the engine makes it, of the views it is given. */
function pulseOver() {
  const market = { now: views.first }
  const pulse = new Pulse({
    host: {
      snapshot: (id) => snapshots.get(id),
      deliver: () => Promise.reject(new Error('a run was begun: the books of this bench are at rest')),
    },
    market: { view: () => market.now, sessions: () => [] },
    clock: { now: () => market.now.at, wake: () => () => undefined },
    metrics: noMetrics,
    onBlocked: () => {
      throw new Error('a trigger was held back: the books of this bench are at rest')
    },
    isReady: () => true,
  })
  return async (view) => {
    market.now = view
    await pulse.look(ids)
  }
}

/** Passes that go from one view to the other and back, in turn with exact looks at a sample. */
async function passes(look, to) {
  const [screened, exact] = [[], []]
  for (let pass = 0; pass < PASSES; pass += 1) {
    const view = later(pass % 2 === 0 ? to : views.first)
    screened.push(await timed(() => look(view)))
    const sample = Array.from({ length: SAMPLE }, () => states.get(ids[Math.floor(draw() * ids.length)]))
    const answers = []
    exact.push(await timed(() => answers.push(...sample.map((state) => due(state, view)))))
    if (answers.some(({ trigger, blocked }) => trigger !== null || blocked.length > 0)) throw new Error('not at rest')
  }
  return { screened: summary(screened), exact: summary(exact) }
}

/** Bytes of rubbish a pass makes, and collections while {@link WATCHED} passes were made; the screen alone, as views are given. */
async function allocation(to) {
  const screen = new Screen()
  const pass = (view) => {
    screen.look(view)
    for (let at = 0; at < ids.length; at += 1)
      if (screen.known(ids[at], snapshots.get(ids[at]).context) === null) throw new Error('not at rest')
  }
  for (let warm = 0; warm < 40; warm += 1) pass(later(warm % 2 === 0 ? to : views.first))
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length
  })
  observer.observe({ entryTypes: ['gc'] })
  kept()
  await new Promise((resolve) => setTimeout(resolve, 20))
  collections = 0
  const before = heap()
  for (let watched = 0; watched < WATCHED; watched += 1) pass(later(watched % 2 === 0 ? to : views.first))
  const bytes = heap() - before
  await new Promise((resolve) => setTimeout(resolve, 20))
  observer.disconnect()
  return { passes: WATCHED, bytesAPass: Math.round(bytes / WATCHED), collections }
}

/** What portfolios of one name and of many take, each measured in a process of its own, and what of it each name adds. */
function memory() {
  const script = fileURLToPath(new URL('./pulse/actors.mjs', import.meta.url))
  const [few, many] = [1, holdings].map((count) =>
    JSON.parse(execFileSync(process.execPath, ['--expose-gc', script, String(count), '1000'], { encoding: 'utf8' })),
  )
  const part = (which) => {
    const aName = (many[which] - few[which]) / (many.names - few.names)
    return { aName: Math.round(aName), beyondNames: Math.round(few[which] - few.names * aName) }
  }
  return Object.fromEntries(['restored', 'stepped', 'screen', 'metrics'].map((which) => [which, part(which)]))
}

if (globalThis.gc === undefined) throw new Error('start it with --expose-gc: npm run bench:pulse')
const result = {
  machine: hardwareOf(tmpdir()),
  command: `npm run bench:pulse -- ${process.argv.slice(2).join(' ')}`.trim(),
}
Object.assign(result, { portfolios, holdings, instruments, loadBefore: load() })
const look = pulseOver()
result.first = summary([await timed(() => look(views.first))])
result.unchanged = await passes(look, views.first)
result.all = await passes(look, views.all)
result.one = await passes(look, views.one)
result.rubbish = {
  nothing: await allocation(views.first),
  'one per cent': await allocation(views.one),
  'every price': await allocation(views.all),
}
result.memory = memory()
result.loadAfter = load()

const { machine, all, one, unchanged } = result
const exactMs = (all.exact.leastMs / SAMPLE) * portfolios
result.exactFullPassMs = three(exactMs)
result.exactToScreen = three(exactMs / all.screened.leastMs)
const line = (what, { screened }) =>
  console.log(
    `${what.padEnd(28)}${screened.leastMs} ms least, ${screened.medianMs} ms median, ${screened.leastProcessorMs} ms of processor`,
  )
console.log(`${machine.cpu}, ${machine.cores} cores, node ${machine.node}; ${result.command}`)
console.log(`load ${result.loadBefore.one} before, ${result.loadAfter.one} after`)
console.log(
  `${portfolios} portfolios of ${holdings} among ${instruments} instruments; first pass ${result.first.leastMs} ms (${result.first.leastProcessorMs} of processor)`,
)
line('every price changed', all)
line('1 % of instruments changed', one)
line('nothing changed', unchanged)
console.log(`exactly, from ${SAMPLE} a pass     ${result.exactFullPassMs} ms, ${result.exactToScreen} times as long`)
for (const [what, { bytesAPass, collections }] of Object.entries(result.rubbish))
  console.log(
    `${`rubbish, ${what} changed`.padEnd(36)}${bytesAPass} bytes a pass, ${collections} collections in ${WATCHED} passes`,
  )
const words = {
  restored: 'actor after a restart',
  stepped: 'actor after steps',
  screen: 'its row in the screen',
  metrics: 'its metrics',
}
for (const [part, { aName, beyondNames }] of Object.entries(result.memory))
  console.log(`${words[part].padEnd(28)}${beyondNames} bytes a portfolio, and ${aName} a name`)
if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`)

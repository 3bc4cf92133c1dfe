// The real engine with its journal on disk and the paper venue, in one process, under a steady load and then twice of it:
//   npm run load -- --portfolios 200 --legs 50 --fills 500 --minutes 30
//   npm run soak -- --minutes 120        the same at a gentle rate, with the slope of its own resident memory after forced collections
// A run trades every leg once, some twice. What is asked of a portfolio that is still trading is turned away: that is how more than it can
// do is shed, before anything waits. Ends with 1 when a fill is lost, booked twice, or a chain does not verify.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '../dist/src/adapters/clock/system.js'
import { openPaperVenue } from '../dist/src/adapters/gateway/paper.js'
import { openJournal } from '../dist/src/adapters/journal/lmdb.js'
import { nativeSolver } from '../dist/src/adapters/solver/native.js'
import { portfolioSchema } from '../dist/src/daemon/config/portfolio-schema.js'
import { registries } from '../dist/src/daemon/config/registries.js'
import { toPolicy } from '../dist/src/daemon/config/to-policy.js'
import { incarnationOf } from '../dist/src/daemon/incarnation.js'
import { sessionMarket } from '../dist/src/daemon/session-market.js'
import { fund } from '../dist/src/daemon/simulation/engine-player.js'
import { silentLog } from '../dist/src/ports/log.js'
import { Engine } from '../dist/src/runtime/engine.js'

const { values } = parseArgs({
  options: {
    portfolios: { type: 'string', default: '200' },
    legs: { type: 'string', default: '50' },
    fills: { type: 'string', default: '500' },
    minutes: { type: 'string', default: '2' },
    soak: { type: 'boolean', default: false },
    dir: { type: 'string' },
  },
})
const [many, legs, rate, minutes] = ['portfolios', 'legs', 'fills', 'minutes'].map((name) => Number(values[name]))
/** Share of a soak in which nothing is measured. */
const WARM_UP = 0.2
/** Time between two measurements of a soak, and from a collection to them: freed pages go back to the system in the background. */
const [SAMPLE_MS, UNMAP_MS] = [5_000, 400]
const symbols = Array.from({ length: legs }, (_, k) => `S${String(k + 1).padStart(3, '0')}`)
const folder = mkdtempSync(join(values.dir ?? tmpdir(), 'ballast-load-'))
const clock = systemClock()
const market = sessionMarket({ barSize: '1d', instruments: symbols }, 2)
const log = silentLog
let moves = 0
let turn = 0

/** New prices, all of them: each name goes up and down by a tenth on a wave of its own and is never twice the same. */
function move(venue) {
  moves += 1
  const at = clock.now()
  const closes = Object.fromEntries(
    symbols.map((name, k) => [name, (100 + 10 * Math.sin(2 * moves + 7 * k)).toFixed(2)]),
  )
  const bars = { session: new Date(at).toISOString().slice(0, 10), at, closes }
  market.advance(bars)
  venue?.onBars(bars)
}

function policyOf(id) {
  const weights = Object.fromEntries(symbols.map((name) => [name, Math.floor(95_000 / legs) / 100_000]))
  return toPolicy(
    portfolioSchema(registries).parse({
      ...{ version: 1, id, initial_cash: '10000000.00', universe: { symbols }, orders: { allow_unsettled: true } },
      ...{ targets: { source: 'fixed', weights, cash: 0.05 }, triggers: { drift: null, calendar: null, cash: null } },
    }),
  )
}

const seen = { fills: 0, shed: 0, turnedAway: 0, runs: 0, failed: 0 }
/** Commits by how long they took, microseconds: as small after hours as after a minute, for a soak judges memory. */
const commits = createHistogram()
const metrics = {
  count: (name, labels) => {
    if (name === 'ballast_events_shed_total' && labels.kind === 'triggered') seen.shed += 1
  },
  gauge: () => undefined,
  observe: (name, value) => {
    if (name === 'ballast_journal_commit_duration_seconds') commits.record(Math.max(1, Math.round(value * 1e6)))
  },
}
const policies = Array.from({ length: many }, (_, k) => policyOf(`p${String(k + 1).padStart(4, '0')}`))
move()
const journal = openJournal({ dir: join(folder, 'journal'), machineVersion: 'load' })
const venue = openPaperVenue({
  dir: join(folder, 'venue'),
  clock,
  log,
  config: { maxPieces: 1, instruments: policies[0].universe },
})
move(venue)
const engine = new Engine({
  ...{ journal, gateway: venue, market, solver: nativeSolver(), clock, log, metrics },
  onStep: ({ entry }) => {
    if (entry.event.type === 'filled') seen.fills += 1
  },
  onBlocked: () => undefined,
  onFatal: (error) => {
    throw error
  },
})

const idle = (id) => engine.host.snapshot(id).value.lifecycle === 'watching'
const round = (value) => Number(value.toPrecision(4))

function begin(id) {
  seen.runs += 1
  engine.rebalance(id, 'load', 'load').catch((error) => {
    if (error.code !== 'OVERLOADED') seen.failed += 1
  })
}

/**
 * Fills of a run so far: a leg whose price has come back does not trade, and a second wave of buys trades some again. All legs once while
 * none has ended, and between half of them and all of them twice: beyond what can be done runs begin on prices they have seen and trade
 * nothing, and asking for more of those asks for no more fills.
 */
function fillsPerRun() {
  const ended = seen.runs - policies.filter(({ id }) => !idle(id)).length
  return ended <= 0 ? legs : Math.min(2 * legs, Math.max(legs / 2, seen.fills / ended))
}

/** The next portfolio in turn that is not trading. */
function nextIdle() {
  for (let looked = 0; looked < many; looked += 1) {
    const { id } = policies[turn++ % many]
    if (idle(id)) return id
  }
  return undefined
}

/** Starts runs at a rate of fills for some seconds; answers what came of them. */
async function phase(name, fillsPerSecond, seconds, sample) {
  Object.assign(seen, { fills: 0, shed: 0, turnedAway: 0, runs: 0 })
  commits.reset()
  const processor = process.cpuUsage()
  const started = performance.now()
  let owed = 0
  let last = started
  let moved = 0
  while (performance.now() - started < seconds * 1000) {
    await pause(20)
    const now = performance.now()
    owed += (((now - last) / 1000) * fillsPerSecond) / fillsPerRun()
    last = now
    if (now - moved > 1000) {
      move(venue)
      moved = now
    }
    for (; owed >= 1; owed -= 1) {
      const id = nextIdle()
      if (id === undefined) seen.turnedAway += 1
      else begin(id)
    }
    sample?.(now - started)
  }
  const ran = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(processor)
  const told = {
    ...{
      phase: name,
      asked: fillsPerSecond,
      seconds: round(ran),
      fillsPerSecond: round(seen.fills / ran),
      runs: seen.runs,
    },
    ...{ turnedAway: seen.turnedAway, shedRuns: seen.shed, waiting: engine.host.waiting, commits: commits.count },
    ...{ commitP50Ms: round(commits.percentile(50) / 1000), commitP99Ms: round(commits.percentile(99) / 1000) },
    // Of all threads, the venue's share included: what a busy machine does not stretch.
    processorMsPerFill: round((user + system) / 1000 / Math.max(1, seen.fills)),
  }
  console.log(JSON.stringify(told))
  return told
}

async function drained() {
  // Prices go on moving: an order they have moved away from is filled when they are back.
  for (const end = Date.now() + 300_000; !engine.idle() || !policies.every(({ id }) => idle(id)); await pause(500)) {
    if (Date.now() > end) throw new Error('runs do not end')
    move(venue)
  }
}

/** Fills the venue made and the books do not have, or have twice; and chains that do not verify. */
async function lost() {
  let wrong = 0
  for (const { id } of policies) {
    const made = await venue.executions(id, '')
    const { book } = engine.host.snapshot(id).context
    if (book.tally.fills !== made.length || !journal.verify(id).ok) wrong += 1
  }
  return wrong
}

/** Resident memory of its own, MiB: pages of the journal's file that are in memory are the system's, which takes them back. */
function ownMemory() {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)[1]) / 1024
}

/** Slope of a line through points, with the half-width of its 95 % interval (normal). */
function slope(points) {
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length
  const [mx, my] = [mean(([x]) => x), mean(([, y]) => y)]
  const xx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0)
  const b = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / xx
  const rest = points.reduce((sum, [x, y]) => sum + (y - my - b * (x - mx)) ** 2, 0)
  return { slope: b, half: 1.96 * Math.sqrt(rest / (points.length - 2) / xx) }
}

for (const policy of policies) await engine.adopt(policy, incarnationOf('load', policy.id))
await engine.start()
await fund(engine, engine.portfolios)
for (const { id } of policies) begin(id)
await drained()
move(venue)

if (values.soak) {
  const points = []
  const heap = []
  // Until then lots add up: a position has as many as there are trades in its size.
  let next = minutes * 60_000 * WARM_UP
  let settled = Number.POSITIVE_INFINITY
  await phase('soak', rate, minutes * 60, (ms) => {
    if (ms >= settled) {
      settled = Number.POSITIVE_INFINITY
      points.push([ms / 3_600_000, ownMemory()])
    }
    if (ms < next) return
    next += SAMPLE_MS
    globalThis.gc?.()
    heap.push([ms / 3_600_000, process.memoryUsage().heapUsed / 2 ** 20])
    settled = ms + UNMAP_MS
  })
  const { slope: mib, half } = slope(points)
  console.log(
    JSON.stringify({
      samples: points.length,
      ownMiB: round(points.at(-1)[1]),
      rssMiB: round(process.memoryUsage.rss() / 2 ** 20),
      slopeMiBPerHour: round(mib),
      within95: round(half),
      // What lives on the heap, to tell what is kept from what the allocators hold.
      heapMiB: round(heap.at(-1)[1]),
      heapSlopeMiBPerHour: round(slope(heap).slope),
    }),
  )
  // Hours are judged by the slope; what is over in minutes grows by warming up.
  if (!(mib + half < 1)) process.exitCode = 1
} else {
  await phase('steady', rate, minutes * 60)
  await drained()
  await phase('twice', rate * 2, Math.max(15, minutes * 15))
}
await drained()
const wrong = await lost()
console.log(JSON.stringify({ portfolios: many, lostOrDoubled: wrong, failedStarts: seen.failed }))
await engine.stop()
await venue.close()
await journal.close()
rmSync(folder, { recursive: true, force: true })
if (wrong > 0 || seen.failed > 0) process.exitCode = 1

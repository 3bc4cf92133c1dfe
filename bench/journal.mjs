// What the journal costs beside what it rests on, in one run, in turn with it: one event durable beside a raw durable
// LMDB put of as many bytes; a hundred busy portfolios beside raw group commit; recovery of ten thousand portfolios;
// offline verification. Prints a table; `--out FILE` also writes JSON. Needs `npm run build`.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { open } from 'lmdb'
import { openJournal, openJournalForReading } from '../dist/src/adapters/journal/lmdb.js'
import { planBatch } from '../dist/src/adapters/journal/writes.js'
import { silentLog } from '../dist/src/ports/log.js'
import { Host } from '../dist/src/runtime/host.js'
import { recordHistories, underName } from './journal/history.mjs'
import { hardwareOf, load, median, spread } from './orders-machine.mjs'

const { values: options } = parseArgs({
  options: {
    out: { type: 'string' },
    events: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '200' },
    portfolios: { type: 'string', default: '10000' },
  },
})
const EVENTS = Number(options.events)
const ROUNDS = Number(options.rounds)
const PORTFOLIOS = Number(options.portfolios)
const BUSY = 100
const WARM_UP = 100
const two = (value) => Number(value.toFixed(2))

const root = mkdtempSync(join(tmpdir(), 'ballast-bench-'))
const dirOf = (name) => join(root, name)

/** A bare LMDB, acknowledged after fdatasync as the journal is. */
function openRaw(name) {
  const store = open({ path: dirOf(name), encoding: 'string', overlappingSync: false, noSubdir: false })
  return { put: (key, row) => store.put(key, row), close: () => store.close() }
}

/** A host whose journal nothing listens to; facts go in, steps come out durable. */
function openHost(name) {
  const journal = openJournal({ dir: dirOf(name) })
  let now = 0
  const host = new Host({
    journal,
    clock: { now: () => now },
    log: silentLog,
    onDurable: () => undefined,
    onFatal: (error) => {
      throw error
    },
  })
  const deliver = (portfolio, { entry, outboxRemove }) => {
    const { seq: _seq, at, cause, ...fact } = entry.event
    now = at
    return host.deliver(portfolio, fact, cause, { answers: outboxRemove, inbox: null })
  }
  return { deliver, close: () => host.stop().then(() => journal.close()) }
}

/** Bytes a commit writes in all its rows. */
function bytesOf(commit) {
  const { seq, prev } = commit.entry
  const present = { head: () => ({ seq: seq - 1, hash: prev }), inbox: () => undefined, snapshots: () => [] }
  const { writes } = planBatch([commit], present)
  return writes.reduce((sum, { text }) => sum + Buffer.byteLength(text ?? ''), 0)
}

/** Processor time, which a busy machine stretches less than the clock's. */
const secondsOf = ({ user, system }) => (user + system) / 1e6

async function timed(work) {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** One event after the other: through the journal, through the whole host (decided too), as one bare row. */
async function single(history) {
  const journal = openJournal({ dir: dirOf('single') })
  const host = openHost('single-host')
  const raw = openRaw('single-raw')
  const took = { journal: [], host: [], raw: [] }
  const bytes = []
  const commits = history.slice(0, EVENTS + WARM_UP)
  for (const [k, commit] of commits.entries()) {
    const size = bytesOf(commit)
    const row = 'x'.repeat(size)
    const parts = {
      raw: () => raw.put(`row/${String(k).padStart(9, '0')}`, row),
      journal: () => journal.commit([commit]),
      host: () => host.deliver(commit.entry.portfolio, commit),
    }
    const order = Object.keys(parts)
    for (let turn = 0; turn < order.length; turn += 1) {
      const name = order[(turn + k) % order.length]
      const ms = await timed(parts[name])
      if (k >= WARM_UP) took[name].push(ms)
    }
    bytes.push(size)
  }
  await host.close()
  await journal.close()
  await raw.close()
  return {
    events: took.raw.length,
    bytesMedian: median(bytes),
    journalMs: spread(took.journal),
    hostMs: spread(took.host),
    rawMs: spread(took.raw),
    journalToRaw: two(median(took.journal) / median(took.raw)),
    hostToRaw: two(median(took.host) / median(took.raw)),
  }
}

/** An event of each of a hundred portfolios at once: one call of the journal, a hundred of the host, a hundred bare rows. */
async function group(history) {
  const journal = openJournal({ dir: dirOf('group') })
  const host = openHost('group-host')
  const raw = openRaw('group-raw')
  const names = Array.from({ length: BUSY }, (_, k) => `p-${k}`)
  const nexts = names.map((name) => underName(history, name))
  const took = { journal: 0, host: 0, raw: 0 }
  const ratios = { journal: [], host: [] }
  for (let round = 0; round < ROUNDS + 5; round += 1) {
    const commits = nexts.map((next) => next())
    const row = 'x'.repeat(bytesOf(commits[0]))
    const key = String(round).padStart(9, '0')
    const parts = {
      raw: () => Promise.all(names.map((name) => raw.put(`${name}/${key}`, row))),
      journal: () => journal.commit(commits),
      host: () => Promise.all(names.map((name) => host.deliver(name, commits[0]))),
    }
    const ms = {}
    const order = Object.keys(parts)
    for (let turn = 0; turn < order.length; turn += 1) {
      const name = order[(turn + round) % order.length]
      ms[name] = await timed(parts[name])
    }
    if (round < 5) continue
    for (const name of order) took[name] += ms[name]
    for (const name of ['journal', 'host']) ratios[name].push(ms.raw / ms[name])
  }
  await host.close()
  await journal.close()
  await raw.close()
  const rate = (ms) => Math.round((ROUNDS * BUSY * 1_000) / ms)
  return {
    portfolios: BUSY,
    rounds: ROUNDS,
    journalPerSecond: rate(took.journal),
    hostPerSecond: rate(took.host),
    rawPerSecond: rate(took.raw),
    journalToRaw: { medianOfRounds: two(median(ratios.journal)), pooled: two(took.raw / took.journal) },
    hostToRaw: { medianOfRounds: two(median(ratios.host)), pooled: two(took.raw / took.host) },
  }
}

/** Small numbers that look drawn, the same every time. */
function drawing(seed) {
  let state = seed
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * limit)
  }
}

/** Writes many portfolios, each with as many entries of the history as `lengthOf` says. */
async function build(name, history, lengthOf) {
  const journal = openJournal({ dir: dirOf(name), mapSize: 4 * 1024 ** 3 })
  let entries = 0
  for (let first = 0; first < PORTFOLIOS; first += BUSY) {
    const batch = []
    for (let k = first; k < Math.min(first + BUSY, PORTFOLIOS); k += 1) {
      const next = underName(history, `p-${k}`)
      const length = lengthOf(k)
      entries += length
      for (let made = 0; made < length; made += 1) batch.push(next())
    }
    await journal.commit(batch)
  }
  await journal.close()
  return entries
}

/** Opens the journal and restores every portfolio, states checked against their hashes; an orderly stop follows. */
async function opening(name) {
  const before = process.cpuUsage()
  const started = performance.now()
  const host = openHost(name)
  const seconds = (performance.now() - started) / 1_000
  const processor = secondsOf(process.cpuUsage(before))
  await host.close()
  return { seconds: two(seconds), processor: two(processor) }
}

/** Recovery of many portfolios that were killed anywhere in their history, and of the same after an orderly stop. */
async function recovery(name, history, lengthOf) {
  const entries = await build(name, history, lengthOf)
  const snapshots = history.filter(({ snapshot }) => snapshot !== null).map(({ entry }) => entry.seq)
  let replayed = 0
  for (let k = 0; k < PORTFOLIOS; k += 1)
    replayed += lengthOf(k) - (snapshots.findLast((seq) => seq <= lengthOf(k)) ?? 0)
  const killed = await opening(name)
  const stopped = []
  for (let round = 0; round < 3; round += 1) stopped.push(await opening(name))
  const middle = (of) => two(median(stopped.map(of)))
  return {
    portfolios: PORTFOLIOS,
    entries,
    afterKill: { ...killed, replayed },
    afterStop: { seconds: middle((row) => row.seconds), processor: middle((row) => row.processor), rounds: stopped },
  }
}

/** Walks every chain of a journal that is on disk. */
async function verify(name) {
  const journal = openJournalForReading({ dir: dirOf(name) })
  let entries = 0
  const before = process.cpuUsage()
  const started = performance.now()
  for (const portfolio of journal.portfolios()) {
    const found = journal.verify(portfolio)
    if (!found.ok) throw new Error(found.message)
    entries += found.entries
  }
  const seconds = (performance.now() - started) / 1_000
  await journal.close()
  const processor = secondsOf(process.cpuUsage(before))
  return {
    entries,
    seconds: two(seconds),
    processor: Number(processor.toFixed(4)),
    perSecond: Math.round(entries / seconds),
  }
}

try {
  const loadBefore = load()
  const historyOf = await recordHistories(root)
  const history = historyOf('mean-cvar')
  const short = historyOf('fixed-weights')
  const result = {
    machine: hardwareOf(root),
    command: `node bench/journal.mjs ${process.argv.slice(2).join(' ')}`.trim(),
    single: await single(history),
    group: await group(history),
  }
  const traded = ({ run, snapshot }) => snapshot !== null && Object.keys(run?.orders ?? {}).length > 0
  const endOfRun = short.find(traded).entry.seq
  const anywhere = drawing(7)
  const lengths = Array.from({ length: PORTFOLIOS }, () => 5 + anywhere(2 * endOfRun))
  result.recovery = await recovery('many', short, (k) => lengths[k])
  result.verify = { manyChains: await verify('many'), longChain: await verify('single') }
  result.load = { before: loadBefore, after: load() }
  const { single: one, group: many, recovery: back, verify: walk } = result
  console.log(
    `${result.machine.cpu}, ${result.machine.cores} cores, ${result.machine.disk}, node ${result.machine.node}`,
  )
  console.log(`load ${loadBefore.one} before, ${result.load.after.one} after`)
  console.log(
    `one event durable     journal ${one.journalMs.p50} ms, host ${one.hostMs.p50} ms, raw put ${one.rawMs.p50} ms`,
  )
  console.log(`  journal / raw ${one.journalToRaw}, host (decided too) / raw ${one.hostToRaw}; ${one.bytesMedian} B`)
  console.log(
    `${BUSY} busy portfolios   journal ${many.journalPerSecond}/s, host ${many.hostPerSecond}/s, raw ${many.rawPerSecond}/s`,
  )
  console.log(`  journal / raw ${JSON.stringify(many.journalToRaw)}, host / raw ${JSON.stringify(many.hostToRaw)}`)
  const spent = ({ seconds, processor }) => `${seconds} s (${processor} s of processor)`
  console.log(`recovery of ${PORTFOLIOS}     after an orderly stop ${spent(back.afterStop)}`)
  console.log(
    `                      killed anywhere ${spent(back.afterKill)}, ${back.afterKill.replayed} entries replayed`,
  )
  const rate = ({ perSecond, entries, processor }) =>
    `${perSecond}/s (${Math.round(entries / processor)} a processor second)`
  console.log(`offline verify        ${rate(walk.manyChains)}, one long chain ${rate(walk.longChain)}`)
  if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`)
} finally {
  rmSync(root, { recursive: true, force: true })
}

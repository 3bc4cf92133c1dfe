// Order round trips through the engine, beside what they rest on, in one run: from the event on which a portfolio
// intends an order, over its entry on disk, the gateway in another process and its write, to the entry that says
// `accepted` on disk. Beside it, in turn with it: raw request–reply over the same server, raw durable puts.
// Prints a table; `--out FILE` also writes JSON. Needs `npm run build` and nats-server.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { clear, isAccepted, openDaemon, symbolsOf } from './orders-daemon.mjs'
import { load, machineOf, median, quantile, spread, startNats, startPart } from './orders-machine.mjs'
import { chained, manyAtOnce, oneByOne, openRawPuts, openRawRequests } from './orders-raw.mjs'
import { show } from './orders-table.mjs'

const { values: options } = parseArgs({
  options: {
    out: { type: 'string' },
    blocks: { type: 'string', default: '50' },
    orders: { type: 'string', default: '50' },
    universe: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '12' },
  },
})
const BLOCKS = Number(options.blocks)
const ORDERS = Number(options.orders)
const RAW = 100
const ROUNDS = Number(options.rounds)
const MANY = 256
const WIDTH = 64
const RAW_MANY = 2_000
const WARM_UP = 300
const ANSWER = '{"status":"accepted","ok":true}'

/** One order alone: what it took, and where the time went, milliseconds. */
async function single(daemon) {
  const { engine, watch, single: portfolio } = daemon
  const accepted = watch.until(portfolio, ({ entry }) => isAccepted(entry.event))
  await engine.rebalance(portfolio, 'bench', 'round trip')
  await accepted
  const times = watch.timesOf(portfolio)
  await clear(daemon, portfolio)
  return times
}

/** Brings every portfolio of the crowd to its last look, then lets through so many at once, one more for each answer. */
async function crowded(daemon) {
  const { engine, watch, crowd } = daemon
  watch.shut()
  await Promise.all(crowd.map((portfolio) => engine.rebalance(portfolio, 'bench', 'crowd')))
  while (watch.held() < crowd.length) await turn()
  const cpu = process.cpuUsage()
  const result = await manyAtOnce(crowd.length, WIDTH, (number) => {
    const accepted = watch.until(crowd[number], ({ entry }) => isAccepted(entry.event))
    watch.letThrough(crowd[number])
    return accepted
  })
  const { user, system } = process.cpuUsage(cpu)
  watch.open()
  await Promise.all(crowd.map((portfolio) => clear(daemon, portfolio)))
  return { ...result, cpuMs: (user + system) / 1_000 / crowd.length }
}

/** The parts of a run; `finally` ends them all, the last one first. */
const ends = []
const dir = mkdtempSync(join(tmpdir(), 'ballast-bench-'))
try {
  ends.push(() => rmSync(dir, { recursive: true, force: true }))
  const machine = machineOf(dir)
  const loadBefore = load()
  const symbols = symbolsOf(Number(options.universe))
  const closes = Object.fromEntries(symbols.map((symbol) => [symbol, '100.00']))
  const bars = { session: new Date().toISOString().slice(0, 10), at: Date.now(), closes }
  const nats = await startNats(join(dir, 'nats'))
  ends.push(nats.stop)
  const { url } = nats
  const gateway = await startPart('orders-gateway.mjs', { url, dir: join(dir, 'venue'), bars })
  ends.push(gateway.stop)
  const daemon = await openDaemon({ url, dir, bars, symbols, many: MANY })
  ends.push(daemon.close)

  const { request } = daemon.bus
  let ticket = ''
  daemon.bus.request = (subject, body, ...rest) => {
    if (subject.endsWith('.submit')) ticket = body
    return request.call(daemon.bus, subject, body, ...rest)
  }
  for (let k = 0; k < WARM_UP; k += 1) await single(daemon)
  daemon.bus.request = request
  const { decision, acceptance } = await single(daemon)
  const bytes = {
    question: Buffer.byteLength(ticket),
    answer: Buffer.byteLength(ANSWER),
    decision: Buffer.byteLength(decision),
    acceptance: Buffer.byteLength(acceptance),
  }
  bytes.row = Math.round((bytes.decision + bytes.acceptance) / 2)

  const subjects = { plain: 'bench.plain', durable: 'bench.durable' }
  const peer = { url, subjects, answer: ANSWER, dir: join(dir, 'peer'), row: bytes.row }
  const echo = await startPart('orders-echo.mjs', peer)
  ends.push(echo.stop)
  const requests = await openRawRequests(url, subjects, ticket)
  ends.push(requests.close)
  const puts = openRawPuts(join(dir, 'raw'), 'x'.repeat(bytes.row))
  ends.push(puts.close)
  await oneByOne(WARM_UP, requests.once)
  await oneByOne(WARM_UP, puts.once)
  const chain = chained(requests, puts)
  await oneByOne(WARM_UP, chain)
  await crowded(daemon)
  await manyAtOnce(RAW_MANY, WIDTH, requests.once)
  await manyAtOnce(RAW_MANY, WIDTH, puts.once)
  await gateway.asked('submits')

  const times = []
  const raw = { requests: [], puts: [], chains: [] }
  const ratios = { sum: [], floor: [], chain: [] }
  for (let block = 0; block < BLOCKS; block += 1) {
    const orders = []
    for (let k = 0; k < ORDERS; k += 1) orders.push(await single(daemon))
    const asked = await oneByOne(RAW, requests.once)
    const put = await oneByOne(RAW, puts.once)
    const bare = await oneByOne(RAW, chain)
    const trip = median(orders.map(({ decided, done }) => done - decided))
    ratios.sum.push(trip / (median(asked) + median(put)))
    ratios.floor.push(trip / (median(asked) + 3 * median(put)))
    ratios.chain.push(trip / median(bare))
    times.push(...orders)
    raw.requests.push(...asked)
    raw.puts.push(...put)
    raw.chains.push(...bare)
  }
  const { submits } = await gateway.asked('submits')

  const many = { orders: [], requests: [], puts: [], chains: [], took: [], cpuMs: [] }
  for (let round = 0; round < ROUNDS; round += 1) {
    const { perSecond, took, cpuMs } = await crowded(daemon)
    many.orders.push(perSecond)
    many.took.push(...took)
    many.cpuMs.push(cpuMs)
    many.requests.push((await manyAtOnce(RAW_MANY, WIDTH, requests.once)).perSecond)
    many.puts.push((await manyAtOnce(RAW_MANY, WIDTH, puts.once)).perSecond)
    many.chains.push((await manyAtOnce(RAW_MANY, WIDTH, chain)).perSecond)
  }

  const trips = times.map(({ decided, done }) => done - decided)
  const sumP50 = quantile(raw.requests, 0.5) + quantile(raw.puts, 0.5)
  const floorP50 = quantile(raw.requests, 0.5) + 3 * quantile(raw.puts, 0.5)
  const two = (value) => Number(value.toFixed(2))
  const perSecond = (values) => ({
    median: Math.round(median(values)),
    least: Math.round(Math.min(...values)),
    most: Math.round(Math.max(...values)),
  })
  const result = {
    command: `node bench/orders.mjs${options.universe === '1' ? '' : ` --universe ${options.universe}`}`,
    date: new Date().toISOString().slice(0, 10),
    machine,
    load: { before: loadBefore, after: load() },
    bytes,
    single: {
      orders: trips.length,
      roundTripMs: spread(trips),
      rawRequestReplyMs: spread(raw.requests),
      rawPutMs: spread(raw.puts),
      rawChainMs: spread(raw.chains),
      sumP50Ms: two(sumP50),
      ratioToSum: { pooled: two(quantile(trips, 0.5) / sumP50), medianOfBlocks: two(median(ratios.sum)) },
      floor: 'one raw request-reply + three raw puts (daemon before sending, gateway, daemon after)',
      floorP50Ms: two(floorP50),
      ratioToFloor: { pooled: two(quantile(trips, 0.5) / floorP50), medianOfBlocks: two(median(ratios.floor)) },
      chain: 'the same measured: raw put, raw request answered after a raw put in the other process, raw put',
      ratioToChain: {
        pooled: two(quantile(trips, 0.5) / quantile(raw.chains, 0.5)),
        medianOfBlocks: two(median(ratios.chain)),
      },
      parts: {
        decideMs: spread(times.map((t) => t.asked - t.decided - t.firstCommitMs)),
        firstCommitMs: spread(times.map((t) => t.firstCommitMs)),
        requestMs: spread(times.map((t) => t.answered - t.asked)),
        ofWhichVenueMs: spread(submits),
        lastStepMs: spread(times.map((t) => t.done - t.answered - t.lastCommitMs)),
        lastCommitMs: spread(times.map((t) => t.lastCommitMs)),
      },
    },
    inFlight: {
      width: WIDTH,
      orders: many.took.length,
      ordersPerSecond: perSecond(many.orders),
      roundTripMs: spread(many.took),
      rawRequestsPerSecond: perSecond(many.requests),
      rawPutsPerSecond: perSecond(many.puts),
      rawChainsPerSecond: perSecond(many.chains),
      daemonCpuMsPerOrder: two(median(many.cpuMs)),
    },
  }
  show(result)
  if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(result, null, 2)}\n`)
} finally {
  for (const end of ends.reverse()) await end()
}

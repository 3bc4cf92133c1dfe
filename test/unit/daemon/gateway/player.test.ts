import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { type VirtualClock, virtualClock } from '#adapters/clock/virtual.js'
import { gatewayClient } from '#adapters/gateway/client.js'
import type { PaperConfig } from '#adapters/gateway/paper/config.js'
import { openPaperVenue, type PaperVenue } from '#adapters/gateway/paper.js'
import { type GatewayServer, serveGateway } from '#adapters/gateway/server.js'
import { type Gate, gated } from '#daemon/gateway/gate.js'
import { GatewayPlayer } from '#daemon/gateway/player.js'
import type { Phase } from '#daemon/simulation/player.js'
import { remotePlayer, servePlayer } from '#daemon/simulation/remote.js'
import type { Bus } from '#ports/bus.js'
import type { Gateway } from '#ports/gateway.js'
import { silentLog } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import { type Instant, instant, later } from '#units/time.js'
import { FIRST, faultCode, MAIN, orderFor, RecordingSink, SECOND, until } from '../../../contract/gateway-parts.js'
import { freshDir } from '../../../support/temp-dir.js'

const SESSIONS = [FIRST, SECOND]
/** How long an asker, a held call and a step may wait, milliseconds of real time. */
const ASK_MS = 5_000
const HOLD_MS = 300
/** How long the sink may take for a report. */
const REPORT_MS = 2_000

let dir: ReturnType<typeof freshDir>
let bus: Bus
let clock: VirtualClock
let venue: PaperVenue
let gate: Gate
let server: GatewayServer
let stop: () => void
let gateway: Gateway
let sink: RecordingSink
/** The sessions that have arrived; a step that names another waits. */
let arrived: readonly SessionBars[]
let asked: number[]

beforeEach(() => {
  dir = freshDir()
  arrived = SESSIONS
  bus = memoryBus()
  gateway = gatewayClient({ bus, gatewayOf: () => 'paper', timeoutMs: ASK_MS, log: silentLog })
  sink = new RecordingSink()
  gateway.connect(sink)
})
afterEach(async () => {
  await leave()
  await bus.close()
  dir.remove()
})

function start(config: Partial<PaperConfig> = {}): void {
  clock = virtualClock(instant(0))
  venue = openPaperVenue({ dir: dir.path, clock, config })
  gate = gated(venue, 'all', HOLD_MS)
  server = serveGateway({ bus, venue: gate.venue, name: 'paper', timeoutMs: REPORT_MS })
  asked = []
  const bars = async (session: number): Promise<SessionBars | null> => {
    asked.push(session)
    const found = arrived[session - 1]
    return found ?? new Promise(() => undefined)
  }
  const player = new GatewayPlayer({ clock, venue, server, bars, open: gate.open, patienceMs: 500 })
  stop = servePlayer(bus, 'gateway', player)
}

async function leave(): Promise<void> {
  stop()
  await server.close()
  await venue.close()
}

const conductor = remotePlayerOf()
function remotePlayerOf() {
  const signal = new AbortController().signal
  return (at: Instant, phase: Phase, session: number) =>
    remotePlayer({ bus, name: 'gateway', signal, log: silentLog, timeoutMs: ASK_MS }).tick({ at, phase, session })
}

describe('a gateway in simulated time', () => {
  it('takes a session and trades on its bars, and says when it is quiet, settled and what it did', async () => {
    start()
    expect(await conductor(FIRST.at, 'time', 0)).toMatchObject({ quiet: true, settled: true, steps: 0, next: null })
    expect(await conductor(FIRST.at, 'bars', 1)).toMatchObject({ quiet: true, settled: true, steps: 0, next: null })
    expect(clock.now()).toBe(FIRST.at)
    expect(await gateway.submit(orderFor(1), 1)).toEqual({ kind: 'accepted' })
    const rest = await conductor(FIRST.at, 'time', 1)
    expect(rest).toMatchObject({ quiet: true, settled: true, next: null })
    expect(rest.steps).toBe(1 + 1 + sink.attempts.length)
    expect(sink.orders.map((report) => report.status)).toEqual(['filled'])
    expect((await gateway.account(MAIN)).at).toBe(FIRST.at)
  })

  it('takes a step once however often it is sent, and never goes back', async () => {
    start({ partialRatio: 1 })
    await conductor(FIRST.at, 'bars', 1)
    await gateway.submit(orderFor(1), 1)
    const once = await conductor(FIRST.at, 'bars', 1)
    for (const phase of ['bars', 'time', 'pulse', 'mark'] as const)
      expect(await conductor(FIRST.at, phase, 1)).toEqual(once)
    await conductor(SECOND.at, 'bars', 2)
    const expired = await conductor(SECOND.at, 'time', 2)
    expect(await conductor(FIRST.at, 'bars', 1)).toEqual(expired)
    expect(clock.now()).toBe(SECOND.at)
    expect(sink.orders.map((report) => report.status)).toEqual(['expired'])
  })

  it('comes back in the session it was killed in, whatever it is asked first', async () => {
    start({ latencyMs: 1_000 })
    await conductor(FIRST.at, 'bars', 1)
    await gateway.submit(orderFor(1), 1)
    await leave()
    start({ latencyMs: 1_000 })
    const back = await conductor(later(FIRST.at, 400), 'time', 1)
    expect(back).toMatchObject({ quiet: true, settled: false, next: later(FIRST.at, 1_000) })
    expect(asked).toEqual([1])
    expect(await conductor(later(FIRST.at, 1_000), 'time', 1)).toMatchObject({ quiet: true, settled: true, next: null })
    expect(sink.orders.map((report) => report.status)).toEqual(['filled'])
  })

  it('keeps orders waiting until its first step, so that a restart rejects none for want of a price', async () => {
    start()
    const early = gateway.submit(orderFor(1), 1)
    expect(await faultCode(venue.query(MAIN, orderFor(1).id))).toBe('no fault')
    expect(await conductor(FIRST.at, 'time', 1)).toMatchObject({ quiet: true })
    expect(await early).toEqual({ kind: 'accepted' })
  })

  it('answers nothing to who has waited too long, and has done nothing then', async () => {
    start()
    expect(await faultCode(gate.venue.submit(orderFor(1), 1))).toBe('TIMEOUT ask-first')
    await conductor(FIRST.at, 'time', 1)
    expect(await gateway.query(MAIN, orderFor(1).id)).toEqual({ kind: 'unknown' })
  })

  it('is not quiet until the session has arrived', async () => {
    start()
    arrived = [FIRST]
    await conductor(FIRST.at, 'bars', 1)
    expect(await conductor(SECOND.at, 'bars', 2)).toMatchObject({ quiet: false, settled: false })
    arrived = SESSIONS
    expect(await conductor(SECOND.at, 'time', 2)).toMatchObject({ quiet: true, settled: true })
    await gateway.submit(orderFor(1, { notAfter: later(SECOND.at, 1_000) }), 1)
    await conductor(SECOND.at, 'time', 2)
    expect(new Set(sink.executions.map((fill) => fill.session))).toEqual(new Set([SECOND.session]))
  })

  it('is not quiet while a report is on its way, and not settled while one waits for its time', async () => {
    start()
    await conductor(FIRST.at, 'bars', 1)
    let hold = true
    const held: (() => void)[] = []
    const take = sink.execution.bind(sink)
    sink.execution = (...told) => (hold ? new Promise((resolve) => held.push(resolve)) : take(...told))
    await gateway.submit(orderFor(1), 1)
    expect(await conductor(FIRST.at, 'time', 1)).toMatchObject({ quiet: false, settled: false })
    hold = false
    for (const release of held) release()
    expect(await conductor(FIRST.at, 'time', 1)).toMatchObject({ quiet: true, settled: true })
    sink.refuses = () => true
    await gateway.submit(orderFor(2), 1)
    await until(() => venue.unsent() > 0 && venue.idle() && server.idle())
    const waits = await conductor(FIRST.at, 'time', 1)
    expect(waits).toMatchObject({ quiet: true, settled: false, next: later(FIRST.at, 500) })
    sink.refuses = () => false
    expect(await conductor(later(FIRST.at, 500), 'time', 1)).toMatchObject({ quiet: true, settled: true, next: null })
  })
})

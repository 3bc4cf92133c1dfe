import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect, type Msg, type NatsConnection } from 'nats'
import { type NatsBus, natsBus } from '#adapters/bus/nats.js'
import { type MarketPublisher, marketPublisher } from '#adapters/feed/publisher.js'
import { silentLog } from '#ports/log.js'
import { addWeekdays, instant, type SessionDate, sessionDate } from '#units/time.js'
import type { BallastProcess } from './ballast-process.js'
import { barsOf, simulatedPrices } from './prices.js'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js'
import { freshDir } from './temp-dir.js'
import { openRig, type Rig, type RigOptions } from './wire-rig.js'

/** Cash each portfolio begins with. */
export const INITIAL_CASH = '1000000.00'
/** Two portfolios that have no instrument in common. */
const UNIVERSES = { alpha: ['ALFA', 'BRAVO'], beta: ['CHARLIE', 'DELTA'] } as const
/** Sessions that are history before the first live one: enough for scenarios. */
const HISTORY = 30
/** First session of simulated prices. */
const FIRST = sessionDate('2020-01-06')
const PATIENCE_MS = 30_000

/** A portfolio of the world. */
export type Name = keyof typeof UNIVERSES

/** An event as it was announced. */
export interface Announced {
  readonly portfolio: string
  readonly topic: string
  readonly body: Readonly<Record<string, string | number>>
}

/** How a world differs from the usual one. */
export interface WorldOptions extends Pick<RigOptions, 'venue' | 'silentAfter' | 'system'> {
  /** Lines of a portfolio's file beyond the usual ones. */
  readonly more?: Readonly<Partial<Record<Name, string>>>
  /** Order settings of both portfolios, over `ack_timeout: 1s`, `not_after: 30s` and `fill_timeout: 30s`. */
  readonly orders?: Readonly<Record<string, string>>
  /** Puts a proxy between the daemon and its server. */
  readonly proxied?: boolean
}

/** How a test says what is to be done when it ends: the runner's own, of the test that asks. */
export type AtEnd = (work: () => void | Promise<void>) => void

/** Waits until a condition holds, looking every 20 ms; fails with the words given. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const deadline = performance.now() + patienceMs
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${patienceMs / 1000} s`)
    await pause(20)
  }
}

/** SIGSTOPs a process: it keeps its sockets and says nothing. Resolves when it has stopped (needs Linux). */
export async function frozen(running: BallastProcess | null): Promise<void> {
  running?.child.kill('SIGSTOP')
  await eventually('the process stops', () => /\) T /.test(readFileSync(`/proc/${running?.child.pid}/stat`, 'utf8')))
}

/**
 * Daemon, gateway and nats-server as processes in real time, with prices published by hand so that a test decides what
 * moves and when. Both portfolios hold two names at fixed weights and rebalance whenever a price moved by a few percent.
 */
export class WireWorld {
  readonly events: Announced[] = []
  /** Executions as gateways reported them, each time they did. */
  readonly reported: { readonly portfolio: string; readonly kind: 'report' | 'order'; readonly text: string }[] = []
  daemon: BallastProcess | null = null
  gateway: BallastProcess | null = null
  private publisher: MarketPublisher | null = null
  private session: SessionDate
  private heardAt = 0
  private readonly closes = new Map<string, number>()
  private readonly started: BallastProcess[] = []

  private constructor(
    readonly rig: Rig,
    readonly proxy: TcpProxy | null,
    readonly wire: NatsConnection,
    private readonly bus: NatsBus,
  ) {
    const last = history.sessions.at(-1)!
    this.session = last.session
    for (const [symbol, close] of Object.entries(last.closes)) this.closes.set(symbol, Number(close))
    wire.subscribe('ballast.v1.evt.>', { callback: (_error, message) => void this.events.push(announced(message)) })
    wire.subscribe('ballast.v1.exec.>', { callback: (_error, message) => this.hear(message) })
  }

  /** Starts the server only; everything else is the test's to start. */
  static async open(atEnd: AtEnd, options: WorldOptions = {}): Promise<WireWorld> {
    const { path: dir, remove } = freshDir()
    atEnd(remove)
    const { orders = {}, proxied = false, more = {}, ...rest } = options
    let proxy: TcpProxy | null = null
    const portfolios = Object.fromEntries(
      (Object.keys(UNIVERSES) as Name[]).map((id) => [id, `${portfolioFile(id, orders)}${more[id] ?? ''}\n`]),
    )
    const rig = await openRig(dir, {
      ...{ clock: 'system', requestTimeout: '500ms', portfolios },
      ...rest,
      daemonUrl: async (url) => {
        if (!proxied) return url
        proxy = await startTcpProxy(Number(new URL(url).port))
        return `nats://127.0.0.1:${proxy.port}`
      },
    })
    const wire = await connect({ servers: rig.nats.url })
    const bus = await natsBus({ servers: [rig.nats.url], name: 'hand' }, 'once')
    const world = new WireWorld(rig, proxy, wire, bus)
    atEnd(() => world.abandon())
    await wire.flush()
    return world
  }

  /** Starts gateway, daemon and the market, and waits until both portfolios hold their first targets. */
  async invested(): Promise<this> {
    await this.startGateway()
    await this.startDaemon()
    this.show({})
    await eventually('both portfolios are invested', () => this.ended('alpha') > 0 && this.ended('beta') > 0)
    return this
  }

  async startDaemon(): Promise<BallastProcess> {
    this.daemon = this.kept(this.rig.daemon())
    await this.daemon.said('"serving"')
    return this.daemon
  }

  async startGateway(folder?: string): Promise<BallastProcess> {
    this.gateway = this.kept(this.rig.gateway(folder))
    await this.gateway.said('"serving"')
    return this.gateway
  }

  /** Starts a feed process that publishes one session of the scenario's file, by its place, and goes on living. */
  startFeed(place: number): BallastProcess {
    const date = addWeekdays(FIRST, place)
    return this.kept(this.rig.feed(['--speed', '1', '--start', date, '--to', date]))
  }

  /** Has a process killed when the test ends. */
  kept(started: BallastProcess): BallastProcess {
    this.started.push(started)
    return started
  }

  /** Publishes the next session: closes times the factors given, or the texts given as they are. */
  show(moves: Readonly<Record<string, number | string>>): void {
    if (this.publisher === null) {
      this.publisher = marketPublisher({ bus: this.bus, feed: 'hand', barSize: '1d', log: silentLog })
      this.publisher.preload(history.sessions)
    }
    this.session = addWeekdays(this.session, 1)
    const closes: Record<string, string> = {}
    for (const [symbol, before] of this.closes) {
      const move = moves[symbol] ?? 1
      if (typeof move === 'number') this.closes.set(symbol, before * move)
      closes[symbol] = typeof move === 'string' ? move : (before * move).toFixed(2)
    }
    this.publisher.publish(barsOf(this.session, closes), this.publisher.latest() + 1, instant(Date.now()))
  }

  /** Announcements of a portfolio's topic. */
  of(portfolio: Name, topic: string): readonly Announced['body'][] {
    return this.events.filter((event) => event.portfolio === portfolio && event.topic === topic).map(({ body }) => body)
  }

  /** Orders of a portfolio that were announced with a status. */
  orders(portfolio: Name, status: string): readonly string[] {
    return this.of(portfolio, 'order')
      .filter((body) => body.status === status)
      .map((body) => String(body.client_order_id))
  }

  /** Runs of a portfolio that came to their end. */
  ended(portfolio: Name): number {
    return this.of(portfolio, 'commit').length + this.of(portfolio, 'rollback').length
  }

  /** Runs of a portfolio that have begun. */
  begun(portfolio: Name): number {
    return this.of(portfolio, 'state').filter(({ from, to }) => from === 'watching' && to !== 'watching').length
  }

  /** The daemon's `/readyz?verbose`. */
  async readyz(): Promise<{ readonly status: number; readonly text: string }> {
    const answer = await fetch(`http://${this.address()}/readyz?verbose`)
    return { status: answer.status, text: await answer.text() }
  }

  /** Sum of a metric's samples whose labels hold all the texts given. */
  async metric(name: string, ...labels: readonly string[]): Promise<number> {
    const text = await (await fetch(`http://${this.address()}/metrics`)).text()
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      .filter((line) => labels.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
  }

  /** Number of a portfolio's newest journal entry. */
  async head(portfolio: Name): Promise<number> {
    const { text } = await this.readyz()
    return Number(new RegExp(`portfolio ${portfolio}: .*, journal at (\\d+)`).exec(text)?.[1] ?? Number.NaN)
  }

  /** Waits until the gateway has just been found well: it is asked again only seconds later. */
  async gatewayJustSeen(): Promise<void> {
    await eventually('the gateway was just asked', async () =>
      /\[\+\] gateway paper: answers \(0\.[0-2] s ago\)/.test((await this.readyz()).text),
    )
  }

  /** Ends gateway and daemon as an operator would. @returns their exit codes */
  async stop(): Promise<readonly (number | null)[]> {
    const running = [this.daemon, this.gateway].filter((process) => process !== null)
    for (const { child } of running) child.kill('SIGTERM')
    const codes = await Promise.all(running.map(({ ended }) => ended))
    return codes
  }

  private async abandon(): Promise<void> {
    for (const { child } of this.started) child.kill('SIGKILL')
    await Promise.all(this.started.map(({ ended }) => ended))
    this.publisher?.close()
    await this.bus.close()
    await this.wire.close()
    await this.proxy?.close()
    await this.rig.nats.stop()
  }

  private address(): string {
    return /"http":"([^"]+)"/.exec(this.daemon?.output() ?? '')?.[1] ?? ''
  }

  /** Whether no report was heard for so long, milliseconds. */
  quiet(ms: number): boolean {
    return performance.now() - this.heardAt > ms
  }

  private hear(message: Msg): void {
    this.heardAt = performance.now()
    const [, , , kind, portfolio] = message.subject.split('.')
    if (kind !== 'report' && kind !== 'order') return
    this.reported.push({ portfolio: portfolio ?? '', kind, text: message.string() })
  }

  /** Where the venue of a folder keeps what it knows. */
  venueDir(folder = 'gateway'): string {
    return join(this.rig.dir, folder, 'venue')
  }
}

const history = simulatedPrices({ seed: 11, instruments: Object.values(UNIVERSES).flat(), sessions: HISTORY })

function announced(message: Msg): Announced {
  const [, , , portfolio = '', topic = ''] = message.subject.split('.')
  return { portfolio, topic, body: message.json() }
}

function portfolioFile(id: Name, orders: Readonly<Record<string, string>>): string {
  const terms = { ack_timeout: '1s', not_after: '30s', fill_timeout: '30s', ...orders }
  const symbols = UNIVERSES[id]
  return `version: 1
id: ${id}
initial_cash: "${INITIAL_CASH}"
universe: {symbols: [${symbols.join(', ')}]}
targets: {source: fixed, weights: {${symbols.map((symbol) => `${symbol}: 0.45`).join(', ')}}, cash: 0.1}
optimiser: {scenarios: {minimum: 20, maximum: 60}}
triggers: {drift: {type: absolute, band: 0.01}, calendar: null, cooldown: {days: 0}}
orders: {${Object.entries(terms)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ')}}
governance: {rules: {position_limit: {max: 0.6}}}
`
}

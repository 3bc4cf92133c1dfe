import { memoryBus } from '#adapters/bus/memory.js'
import { natsBus } from '#adapters/bus/nats.js'
import { gatewayClient } from '#adapters/gateway/client.js'
import type { PaperConfig } from '#adapters/gateway/paper/config.js'
import { openPaperVenue, type PaperVenue } from '#adapters/gateway/paper.js'
import { type GatewayServer, serveGateway } from '#adapters/gateway/server.js'
import type { Bus } from '#ports/bus.js'
import type { Gateway, Venue } from '#ports/gateway.js'
import { type Log, silentLog } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import { freshDir } from '../support/temp-dir.js'
import { FIRST, type GatewayHarness, MAIN, ManualClock, until } from './gateway-parts.js'

/** The two ends of a wire between a daemon and a gateway. */
export interface Line {
  readonly daemon: Bus
  readonly gateway: Bus
  /** Resolves when what was served and subscribed so far is in force. */
  settle(): Promise<void>
  close(): Promise<void>
}

/** Both ends in this process. */
export async function memoryLine(): Promise<Line> {
  const bus = memoryBus()
  return { daemon: bus, gateway: bus, settle: async () => undefined, close: () => bus.close() }
}

/** Two connections to a NATS server. */
export async function natsLine(url: string): Promise<Line> {
  const daemon = await natsBus({ servers: [url], name: 'daemon' }, 'once')
  const gateway = await natsBus({ servers: [url], name: 'gateway' }, 'once')
  return {
    daemon,
    gateway,
    settle: async () => {
      await daemon.roundTripMs()
      await gateway.roundTripMs()
    },
    close: async () => {
      await daemon.close()
      await gateway.close()
    },
  }
}

/** How a wired gateway is set up; anything left out suits the contract. */
export interface WiredOptions {
  readonly config?: Partial<PaperConfig>
  /** Milliseconds a question and a report may take. */
  readonly askMs?: number
  readonly reportMs?: number
  readonly daemonLog?: Log
  readonly gatewayLog?: Log
  readonly onInvalid?: (subject: string) => void
}

/** A paper venue behind a line: the client, the server and the venue, and how to start the last two again. */
export class Wired {
  readonly clock = new ManualClock(FIRST.at)
  line!: Line
  client!: Gateway
  server!: GatewayServer
  venue!: PaperVenue
  /** Submits on their way to the venue, and the bars that come after them. */
  #sent = 0
  #bars: SessionBars[] = []
  readonly #dir = freshDir()

  private constructor(
    readonly open: () => Promise<Line>,
    readonly options: WiredOptions,
  ) {}

  static async on(open: () => Promise<Line>, options: WiredOptions = {}): Promise<Wired> {
    const wired = new Wired(open, options)
    await wired.start()
    return wired
  }

  /** The client, with the idleness of everything behind it. */
  get gateway(): Gateway {
    const { client } = this
    return {
      ...bound(client),
      submit: async (order, epoch) => {
        this.#sent += 1
        return client.submit(order, epoch)
      },
      idle: () => this.idle(),
    }
  }

  /** True when neither side has anything to do before the clock moves. */
  idle(): boolean {
    return this.client.idle() && this.server.idle() && this.venue.idle() && this.#bars.length === 0
  }

  /** Bars reach the venue after the orders sent before them, as on one path. */
  bars(bars: SessionBars): void {
    if (this.#sent > 0) this.#bars.push(bars)
    else this.venue.onBars(bars)
  }

  /** Waits for everything, and moves the clock on for reports that wait to be offered again. */
  async settled(): Promise<void> {
    const deadline = performance.now() + 20_000
    for (;;) {
      await until(() => this.idle())
      if (this.clock.waiting === 0) return
      if (performance.now() > deadline) throw new Error('reports are never taken')
      this.clock.advance(500)
    }
  }

  async start(): Promise<void> {
    const { config, askMs, reportMs, daemonLog, gatewayLog, onInvalid } = this.options
    this.line = await this.open()
    this.venue = openPaperVenue({ dir: this.#dir.path, clock: this.clock, log: silentLog, config: config ?? {} })
    this.server = serveGateway({
      bus: this.line.gateway,
      venue: this.#heard(this.venue),
      name: 'paper',
      timeoutMs: reportMs ?? 250,
      ...(gatewayLog === undefined ? {} : { log: gatewayLog }),
    })
    this.client = gatewayClient({
      bus: this.line.daemon,
      gatewayOf: () => 'paper',
      timeoutMs: askMs ?? 5_000,
      ...(daemonLog === undefined ? {} : { log: daemonLog }),
      ...(onInvalid === undefined ? {} : { onInvalid }),
    })
    await this.line.settle()
  }

  async stop(): Promise<void> {
    await this.server.close()
    await this.venue.close()
    await this.line.close()
  }

  /** Ends both sides and starts them on what the venue had stored; nobody takes reports yet. */
  async reopen(): Promise<void> {
    await this.stop()
    await this.start()
    await until(() => this.venue.idle())
  }

  async close(): Promise<void> {
    await this.stop()
    this.#dir.remove()
  }

  #heard(venue: PaperVenue): Venue {
    return {
      ...bound(venue),
      submit: (ticket, epoch) => {
        const answer = venue.submit(ticket, epoch)
        this.#sent -= 1
        for (const bars of this.#sent === 0 ? this.#bars.splice(0) : []) venue.onBars(bars)
        return answer
      },
    }
  }
}

/** The suite's harness over a line. */
export async function wireHarness(open: () => Promise<Line>): Promise<GatewayHarness> {
  const wired = await Wired.on(open)
  return {
    clock: wired.clock,
    gateway: () => wired.gateway,
    bars: (bars) => wired.bars(bars),
    bust: (id) => wired.venue.bust(MAIN, id, 'erroneous'),
    acceptances: () => wired.venue.acceptances(),
    settled: () => wired.settled(),
    reopen: () => wired.reopen(),
    close: () => wired.close(),
  }
}

/** All of a gateway or venue but `submit`, which differs, as functions of their own. */
function bound(all: Omit<Venue, 'submit'>): Omit<Venue, 'submit'> {
  return {
    name: all.name,
    cancel: (...given) => all.cancel(...given),
    query: (...given) => all.query(...given),
    never: (...given) => all.never(...given),
    fence: (...given) => all.fence(...given),
    restrain: (...given) => all.restrain(...given),
    account: (...given) => all.account(...given),
    holdings: (...given) => all.holdings(...given),
    executions: (...given) => all.executions(...given),
    connect: (...given) => all.connect(...given),
    idle: () => all.idle(),
  }
}

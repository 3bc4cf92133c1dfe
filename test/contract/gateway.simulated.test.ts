import { memoryBus } from '#adapters/bus/memory.js'
import { gatewayClient } from '#adapters/gateway/client.js'
import { type GatewayServer, serveGateway } from '#adapters/gateway/server.js'
import type { Bus } from '#ports/bus.js'
import type { Gateway } from '#ports/gateway.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { ExecutionId } from '#units/ids.js'
import { Exchange } from '../simulation/exchange.js'
import { fates } from '../simulation/fate.js'
import { PROFILES } from '../simulation/profile.js'
import { SimulatedVenue } from '../simulation/venue.js'
import { gatewayContract } from './gateway.js'
import { FIRST, type GatewayHarness, MAIN, ManualClock, until } from './gateway-parts.js'

/** Orders fill at once and in pieces. */
const fate = fates(1, () => ({ ...PROFILES.calm.venue, afterMs: [0, 0] }))

/** The simulated venue behind the real client and server. */
class Simulated implements GatewayHarness {
  readonly clock = new ManualClock(FIRST.at)
  readonly #exchange = new Exchange()
  #bus!: Bus
  #server!: GatewayServer
  #venue!: SimulatedVenue
  #client!: Gateway

  constructor() {
    this.#start()
  }

  gateway(): Gateway {
    return new Proxy(this.#client, {
      get: (client, name: keyof Gateway) => {
        if (name === 'idle') return () => client.idle() && this.#server.idle() && this.#venue.idle()
        const member = client[name]
        return typeof member === 'function' ? member.bind(client) : member
      },
    })
  }

  bars(bars: SessionBars): void {
    // Behind the orders that are on their way already, as on one path.
    if (this.#client.idle()) this.#venue.onBars(bars)
    else setImmediate(() => this.#venue.onBars(bars))
  }

  async bust(id: ExecutionId): Promise<void> {
    const { execution } = this.#exchange.executions(MAIN).find((row) => row.execution.id === id)!
    this.#venue.bust(MAIN, { executionId: id, orderId: execution.orderId, reason: 'erroneous', at: this.clock.now() })
  }

  acceptances(): readonly { readonly orderId: string; readonly times: number }[] {
    const ids = this.#exchange.orders.filter((order) => order.accepted).map((order) => order.id)
    return [...new Set(ids)].map((orderId) => ({ orderId, times: ids.filter((id) => id === orderId).length }))
  }

  async settled(): Promise<void> {
    for (;;) {
      await until(() => this.gateway().idle())
      if (this.clock.waiting === 0) return
      this.clock.advance(500)
    }
  }

  async reopen(): Promise<void> {
    await this.close()
    this.#start()
  }

  async close(): Promise<void> {
    await this.#server.close()
    this.#venue.close()
    await this.#bus.close()
  }

  #start(): void {
    this.#bus = memoryBus()
    this.#venue = new SimulatedVenue({
      exchange: this.#exchange,
      clock: this.clock,
      fate,
      soon: (run) => void setImmediate(() => setImmediate(run)),
      answers: () => Promise.resolve(),
    })
    this.#server = serveGateway({ bus: this.#bus, venue: this.#venue, name: 'paper', timeoutMs: 250 })
    this.#client = gatewayClient({ bus: this.#bus, gatewayOf: () => 'paper', timeoutMs: 5_000 })
  }
}

gatewayContract('simulated, behind client and server', async () => new Simulated())

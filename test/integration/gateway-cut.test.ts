import { expect, it, onTestFinished } from 'vitest'
import { FIRST, faultCode, MAIN, orderFor, RecordingSink, until } from '../contract/gateway-parts.js'
import { natsLine, Wired } from '../contract/gateway-wire.js'
import { type NatsServer, startNatsServer, withNats } from '../support/nats-server.js'

/** A paper venue behind a NATS server of its own, its market set and reports taken. */
async function behindNats(): Promise<{
  readonly server: NatsServer
  readonly wired: Wired
  readonly sink: RecordingSink
}> {
  const server = await startNatsServer()
  onTestFinished(() => server.stop())
  const wired = await Wired.on(() => natsLine(server.url), { askMs: 300, config: { maxPieces: 1 } })
  onTestFinished(() => wired.close())
  wired.venue.onBars(FIRST)
  const sink = new RecordingSink()
  wired.client.connect(sink)
  await wired.line.settle()
  return { server, wired, sink }
}

const connected = ({ line }: Wired) =>
  until(() => line.daemon.state() === 'connected' && line.gateway.state() === 'connected')

withNats('a line that is cut', () => {
  it('leaves an order unknown; the same id again is accepted once and filled once', async () => {
    const { server, wired, sink } = await behindNats()
    const order = orderFor(1)
    await server.freeze()
    expect(await faultCode(wired.gateway.submit(order, 1))).toBe('TIMEOUT ask-first')
    expect(wired.client.idle()).toBe(true)
    server.thaw()
    await connected(wired)
    await until(() => wired.venue.acceptances().length === 1)
    expect(await wired.gateway.submit(order, 1)).toMatchObject({ kind: 'duplicate', report: { orderId: order.id } })
    await until(() => {
      if (wired.clock.waiting > 0) wired.clock.advance(500)
      return sink.orders.length > 0
    })
    expect(new Set(sink.executions.map((fill) => fill.id)).size).toBe(1)
    expect(wired.venue.acceptances()).toEqual([{ orderId: order.id, times: 1 }])
  })

  it('by the death of the server sends nothing, and brings the fills of before once there is a server again', async () => {
    const { server, wired, sink } = await behindNats()
    const resting = orderFor(1)
    let dying: Promise<void> = Promise.resolve()
    sink.refuses = () => {
      dying = server.kill()
      sink.refuses = () => false
      return true
    }
    await wired.gateway.submit(resting, 1)
    await until(() => wired.line.daemon.state() === 'disconnected' && wired.line.gateway.state() === 'disconnected')
    await dying
    expect(await faultCode(wired.gateway.submit(orderFor(2), 1))).toBe('DISCONNECTED safe')
    expect(await wired.venue.query(MAIN, orderFor(2).id)).toEqual({ kind: 'unknown' })
    await server.restart()
    await connected(wired)
    await wired.line.settle()
    await until(() => {
      if (wired.clock.waiting > 0) wired.clock.advance(500)
      return sink.orders.length > 0
    })
    expect(new Set(sink.executions.map((fill) => fill.id)).size).toBe(1)
    expect(await wired.gateway.submit(orderFor(2), 1)).toEqual({ kind: 'accepted' })
  })
})

import { afterAll, beforeAll } from 'vitest'
import { natsBus } from '#adapters/bus/nats.js'
import { type NatsServer, startNatsServer, withNats } from '../support/nats-server.js'
import { busContract } from './bus.js'

withNats('over a nats-server process', () => {
  let server: NatsServer
  beforeAll(async () => {
    // The server's limit counts headers too; the limit on bodies is the bus's own.
    server = await startNatsServer({ config: 'max_payload: 68KB', jetstream: true })
  })
  afterAll(() => server?.stop())

  busContract('the NATS bus', () => natsBus({ servers: [server.url], name: 'contract' }, 'once'))
})

import { afterAll, beforeAll, describe } from 'vitest'
import { type NatsServer, startNatsServer, withNats } from '../support/nats-server.js'
import { type Line, memoryLine, natsLine } from './gateway-wire.js'

/** Declares the tests once for each line: within this process, and over a nats-server process where there is one. */
export function onEveryLine(declare: (line: () => Promise<Line>) => void): void {
  describe('within the process', () => declare(memoryLine))
  withNats('over NATS', () => {
    let server: NatsServer
    beforeAll(async () => {
      server = await startNatsServer()
    })
    afterAll(() => server?.stop())
    declare(() => natsLine(server.url))
  })
}

// The gateway of the order bench: the paper venue served over NATS, its memory on disk, in a process of its own. Orders
// rest: their latency is longer than any bench, so no fill comes in between. Says how long each submit was with it.

import { natsBus } from '../dist/src/adapters/bus/nats.js'
import { systemClock } from '../dist/src/adapters/clock/system.js'
import { openPaperVenue } from '../dist/src/adapters/gateway/paper.js'
import { serveGateway } from '../dist/src/adapters/gateway/server.js'
import { pinoLog } from '../dist/src/adapters/log/pino.js'
import { prometheusMetrics } from '../dist/src/adapters/metrics/prometheus.js'

const REST_MS = 24 * 3_600_000
const { url, dir, bars } = JSON.parse(process.argv[2])

const log = pinoLog({ level: 'error', destination: process.stderr })
const metrics = prometheusMetrics({ portfolios: [], log })
const venue = openPaperVenue({ dir, clock: systemClock(), log, config: { latencyMs: REST_MS } })
venue.onBars(bars)
const bus = await natsBus({ servers: [url], name: 'ballast-gateway-paper', log, metrics }, 'once')
const submits = []
const { submit } = venue
venue.submit = async (order, epoch) => {
  const started = performance.now()
  const answer = await submit.call(venue, order, epoch)
  submits.push(performance.now() - started)
  return answer
}
const server = serveGateway({ bus, venue, name: 'paper', timeoutMs: 5_000, log })
await bus.roundTripMs()
process.on('message', async (asked) => {
  if (asked === 'submits') process.send({ submits: submits.splice(0) })
  if (asked !== 'end') return
  await server.close()
  await bus.close()
  await venue.close()
  process.disconnect()
})
process.once('disconnect', () => process.exit())
process.send({ ready: true })

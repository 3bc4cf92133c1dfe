// The raw peer of the order bench, through the bare `nats` client: answers every request with the same text, at once on
// one subject, after a durable put of its own on the other.

import { connect } from 'nats'
import { openRawPuts } from './orders-raw.mjs'

const { url, subjects, answer, dir, row } = JSON.parse(process.argv[2])
const connection = await connect({ servers: [url] })
const puts = openRawPuts(dir, 'x'.repeat(row))
connection.subscribe(subjects.plain, { callback: (_, message) => message.respond(answer) })
connection.subscribe(subjects.durable, {
  callback: (_, message) => void puts.once().then(() => message.respond(answer)),
})
await connection.flush()
process.on('message', async () => {
  await connection.close()
  await puts.close()
  process.disconnect()
})
process.once('disconnect', () => process.exit())
process.send({ ready: true })

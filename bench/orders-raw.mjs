// What the order bench compares with: request–reply through the bare `nats` client to another process, and durable puts
// through bare lmdb, one at a time or many at once.

import { open } from 'lmdb'
import { connect } from 'nats'

/** Requests over a connection of their own. */
export async function openRawRequests(url, subjects, body) {
  const connection = await connect({ servers: [url] })
  const on = (subject) => () => connection.request(subject, body, { timeout: 5_000 })
  return { once: on(subjects.plain), durable: on(subjects.durable), close: () => connection.close() }
}

/** The bare chain under an order: a put here, a request that is answered after a put there, a put here. */
export const chained = (requests, puts) => async () => {
  await puts.once()
  await requests.durable()
  await puts.once()
}

/** Puts into an LMDB of its own, acknowledged after fdatasync as in the journal. */
export function openRawPuts(dir, row) {
  const store = open({ path: dir, encoding: 'string', overlappingSync: false, noSubdir: false })
  let count = 0
  const once = () => {
    count += 1
    return store.put(`row/${String(count).padStart(12, '0')}`, row)
  }
  return { once, close: () => store.close() }
}

/** Does it so many times, each after the one before; milliseconds each. */
export async function oneByOne(count, once) {
  const took = []
  for (let k = 0; k < count; k += 1) {
    const started = performance.now()
    await once()
    took.push(performance.now() - started)
  }
  return took
}

/** Does it so many times, always `width` at once; how many a second, and milliseconds each. */
export async function manyAtOnce(count, width, once) {
  const took = []
  let begun = 0
  const worker = async () => {
    while (begun < count) {
      const number = begun
      begun += 1
      const started = performance.now()
      await once(number)
      took.push(performance.now() - started)
    }
  }
  const started = performance.now()
  await Promise.all(Array.from({ length: width }, worker))
  return { perSecond: (count * 1_000) / (performance.now() - started), took }
}

import { isUtf8 } from 'node:buffer'
import { headers, type Msg, type MsgHdrs } from 'nats'
import type { Message } from '#ports/bus.js'
import { MAX_PAYLOAD_BYTES } from '../message.js'

/** A message from the wire; of a header named twice the first value counts. */
export function messageOf(message: Msg): Message {
  // Not the library's decoder: it drops a leading U+FEFF.
  const bytes = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.byteLength)
  // Broken UTF-8 and bodies over the limit come in as nothing, which no schema takes: better than something like them.
  const body = bytes.length <= MAX_PAYLOAD_BYTES && isUtf8(bytes) ? bytes.toString('utf8') : ''
  const given = message.headers
  return Object.freeze({
    subject: message.subject,
    body,
    headers: Object.freeze(Object.fromEntries((given?.keys() ?? []).map((name) => [name, given?.get(name) ?? '']))),
  })
}

/** Headers for the wire; undefined when there are none. */
export function headersOf(given: Message['headers']): MsgHdrs | undefined {
  const names = Object.entries(given)
  if (names.length === 0) return undefined
  const made = headers()
  for (const [name, value] of names) made.append(name, value)
  return made
}

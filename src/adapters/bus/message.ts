import type { Message } from '#ports/bus.js'
import { Fault } from '#units/fault.js'
import { checkSubject } from './subject.js'

/** Largest body, UTF-8 bytes. */
export const MAX_PAYLOAD_BYTES = 64 * 1024

/**
 * A message as it may travel.
 * @throws RangeError on an invalid subject, header name (letters, digits, `-`) or header value (a line break);
 * Fault `PAYLOAD_TOO_LARGE`.
 */
export function checkedMessage(subject: string, body: string, headers: Readonly<Record<string, string>> = {}): Message {
  checkSubject(subject)
  checkBody(subject, body)
  for (const [name, value] of Object.entries(headers))
    if (!/^[A-Za-z0-9-]{1,64}$/.test(name) || /[\r\n]/.test(value))
      throw new RangeError(`not a header: ${JSON.stringify(name)}`)
  return Object.freeze({ subject, body, headers: Object.freeze({ ...headers }) })
}

/** @throws Fault `PAYLOAD_TOO_LARGE` when the body exceeds {@link MAX_PAYLOAD_BYTES}. */
export function checkBody(subject: string, body: string): void {
  const bytes = Buffer.byteLength(body)
  if (bytes > MAX_PAYLOAD_BYTES)
    throw new Fault('PAYLOAD_TOO_LARGE', `${subject}: ${bytes} bytes, the limit is ${MAX_PAYLOAD_BYTES}`, 'never', {
      subject,
      bytes,
    })
}

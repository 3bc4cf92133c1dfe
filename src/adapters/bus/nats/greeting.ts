import { createConnection } from 'node:net'
import { Fault } from '#units/fault.js'

/** Longest greeting read, bytes; a cluster's list of addresses makes it a few kilobytes at most. */
const LONGEST_GREETING = 64 * 1024

/** Where a server listens. */
export interface Address {
  readonly host: string
  readonly port: number
  /** The URL asks for TLS. */
  readonly tls: boolean
}

/** Reads `nats://host:port` or `tls://host:port`. @throws RangeError on anything else. */
export function addressOf(server: string): Address {
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url === undefined || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '')
    throw new RangeError(`not a NATS server: ${JSON.stringify(server)}`)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 4222 : Number(url.port),
    tls: url.protocol === 'tls:',
  }
}

/** What a server says of itself before it knows who asks. */
export interface Greeting {
  readonly version: string
  /** It wants a certificate of every client. */
  readonly wantsCertificate: boolean
  /** Largest message it takes, bytes; null when it does not say. */
  readonly maxPayloadBytes: number | null
}

/**
 * The line a server sends before anything else. Asked on a connection of its own, closed at once:
 * the client library leaves its socket open when a server accepts a connection and stays silent, and sends the
 * credentials before a version can be looked at.
 * @throws Fault `NATS_UNREACHABLE`.
 */
export function greetingOf(server: string, timeoutMs: number, signal: AbortSignal): Promise<Greeting> {
  const { host, port } = addressOf(server)
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port })
    let text = ''
    const fail = (reason: string): void => {
      socket.destroy()
      signal.removeEventListener('abort', callOff)
      reject(new Fault('NATS_UNREACHABLE', `${server}: ${reason}`, 'safe', { server, reason }))
    }
    const callOff = (): void => fail('called off')
    signal.addEventListener('abort', callOff, { once: true })
    if (signal.aborted) return fail('called off')
    socket.setTimeout(timeoutMs, () => fail(`silent for ${timeoutMs} ms`))
    socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
    socket.on('close', () => fail('closed the connection'))
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const end = text.indexOf('\r\n')
      if (end < 0 && text.length < LONGEST_GREETING) return
      const greeting = greetingIn(end < 0 ? '' : text.slice(0, end))
      if (greeting === undefined) return fail('not a NATS server')
      socket.removeAllListeners('close')
      socket.destroy()
      signal.removeEventListener('abort', callOff)
      resolve(greeting)
    })
  })
}

function greetingIn(line: string): Greeting | undefined {
  try {
    const { version, tls_verify, max_payload } = JSON.parse(/^INFO\s+(.*)$/i.exec(line)?.[1] ?? '{}') as {
      readonly version?: unknown
      readonly tls_verify?: unknown
      readonly max_payload?: unknown
    }
    if (typeof version !== 'string') return undefined
    const maxPayloadBytes = typeof max_payload === 'number' ? max_payload : null
    return { version, wantsCertificate: tls_verify === true, maxPayloadBytes }
  } catch {
    return undefined
  }
}

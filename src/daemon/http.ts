import type { AddressInfo } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import { Fault } from '#units/fault.js'

/** One part of the process, as it stands now. */
export interface HealthCheck {
  readonly ok: boolean
  /** A few words: what is well, or what is wrong. */
  readonly detail: string
  /** Milliseconds since this was last known to be so; null when it is looked up on the spot. */
  readonly ageMs: number | null
}

/** Every check by name; the process is ready when all are ok. Called on each request, so it must be quick. */
export type Health = () => Readonly<Record<string, HealthCheck>>

/** What the pages show. */
export interface HttpOptions {
  /** `host:port`; port 0 takes any free one. */
  readonly listen: string
  readonly metrics: { render(): Promise<string>; readonly contentType: string }
  readonly health: Health
  /** Answered by `/version` as it is. */
  readonly version: Readonly<Record<string, string>>
}

/** A listening server. */
export interface HttpServer {
  /** `host:port`, the port really taken. */
  readonly address: string
  /** Refuses new requests and ends what is open. */
  close(): Promise<void>
}

/**
 * Serves `/metrics`, `/livez` (the loop turns), `/readyz` (200 or 503; `?verbose` lists each check) and `/version`.
 * Nothing here changes anything or needs a token, so it should listen on loopback.
 * Faults: `ADDRESS_IN_USE`, `ADDRESS_UNAVAILABLE` (both never) when the address cannot be taken.
 */
export function serveHttp(options: HttpOptions): Promise<HttpServer> {
  const { hostname, port } = splitAddress(options.listen)
  return new Promise((resolve, reject) => {
    const server = serve(
      { fetch: pages(options).fetch, hostname: unbracketed(hostname), port },
      (info: AddressInfo) => {
        server.removeListener('error', failed)
        resolve({ address: `${hostname}:${info.port}`, close: () => closing(server) })
      },
    )
    const failed = (error: NodeJS.ErrnoException): void => reject(listenFault(error, options.listen))
    server.once('error', failed)
  })
}

function pages({ metrics, health, version }: HttpOptions): Hono {
  const app = new Hono()
  app.get('/metrics', async (context) =>
    context.body(await metrics.render(), 200, { 'Content-Type': metrics.contentType }),
  )
  app.get('/livez', (context) => context.text('ok\n'))
  app.get('/readyz', (context) => {
    const checks = Object.entries(health())
    const ready = checks.every(([, check]) => check.ok)
    const verbose = context.req.query('verbose') !== undefined
    const lines = verbose ? checks.map(([name, check]) => checkLine(name, check)) : []
    return context.text([...lines, ready ? 'ready' : 'not ready', ''].join('\n'), ready ? 200 : 503)
  })
  app.get('/version', (context) => context.json(version))
  app.onError((error, context) => context.text(`${error.message}\n`, 500))
  return app
}

function checkLine(name: string, { ok, detail, ageMs }: HealthCheck): string {
  const age = ageMs === null ? '' : ` (${(ageMs / 1_000).toFixed(1)} s ago)`
  return `${ok ? '[+]' : '[-]'} ${name}: ${detail}${age}`
}

/** @throws RangeError unless `host:port`, an IPv6 host in brackets. */
function splitAddress(listen: string): { readonly hostname: string; readonly port: number } {
  const at = listen.lastIndexOf(':')
  const port = Number(listen.slice(at + 1))
  if (at < 1 || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`not an address host:port: ${JSON.stringify(listen)}`)
  return { hostname: listen.slice(0, at), port }
}

const unbracketed = (host: string): string => host.replace(/^\[(.*)\]$/, '$1')

function listenFault(error: NodeJS.ErrnoException, listen: string): Fault {
  const data = { listen, code: error.code ?? '' }
  return error.code === 'EADDRINUSE'
    ? new Fault(
        'ADDRESS_IN_USE',
        `${listen} is taken by another process; set http.listen to a free port`,
        'never',
        data,
      )
    : new Fault('ADDRESS_UNAVAILABLE', `cannot listen on ${listen}: ${error.message}`, 'never', data)
}

function closing(server: ServerType): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)))
    if ('closeAllConnections' in server) server.closeAllConnections()
  })
}

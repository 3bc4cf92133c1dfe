import { expect } from 'vitest'
import type { Bus } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import type { Labels, Metrics } from '#ports/metrics.js'
import type { NatsServer } from './nats-server.js'

/** One line of a log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** A log that keeps what it was told. */
export function keptLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = []
  const at =
    (level: LogLine['level']): Log['info'] =>
    (fields, message) =>
      void lines.push({ level, message, fields })
  const log = { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log }
  return log
}

/** Metrics that keep what they were told: sums of counters, last values of gauges, numbers of observations. */
export function keptMetrics(): Metrics & { readonly values: Map<string, number> } {
  const values = new Map<string, number>()
  const key = (name: string, labels: Labels = {}): string => [name, ...Object.values(labels)].join(' ')
  const add = (at: string, by: number): void => void values.set(at, (values.get(at) ?? 0) + by)
  return {
    values,
    count: (name, labels, by = 1) => add(key(name, labels), by),
    gauge: (name, value, labels) => void values.set(key(name, labels), value),
    observe: (name, _value, labels) => add(key(name, labels), 1),
  }
}

/** Waits until a condition holds, looking every 5 ms; fails after 20 s with the words given. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 20_000, interval: 5, message: what }).toBe(true)
}

/** SIGKILLs a server, lets every bus notice, starts it again and waits until every bus is back. */
export async function restarted(server: NatsServer, ...buses: readonly Bus[]): Promise<void> {
  await server.kill()
  await until('every bus notices', () => buses.every((bus) => bus.state() === 'disconnected'))
  await server.restart()
  await until('every bus is back', () => buses.every((bus) => bus.state() === 'connected'))
}

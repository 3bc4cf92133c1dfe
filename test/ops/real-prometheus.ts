import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from './wait.js'

/** One series of an answer: its samples as numbers, oldest first. */
export interface Answer {
  readonly metric: Readonly<Record<string, string>>
  readonly values: readonly number[]
}

/** A running Prometheus that scrapes one target. */
export interface RealPrometheus {
  /** What an expression gave at every step since the target was first seen. */
  ask(expr: string): Promise<readonly Answer[]>
  /** Resolves once a scrape that began after this call has been stored. */
  scrapedAgain(): Promise<void>
  stop(): Promise<void>
}

/** Windows of questions should span several of these. */
const SCRAPE_MS = 500

/**
 * Starts the real program in an empty directory on a free port of loopback, scraping `host:port` under the job name that
 * the alerts expect.
 */
export async function startPrometheus(program: string, dir: string, target: string): Promise<RealPrometheus> {
  const config = join(dir, 'prometheus.yml')
  writeFileSync(
    config,
    `global: {scrape_interval: ${SCRAPE_MS}ms, scrape_timeout: ${SCRAPE_MS}ms}
scrape_configs: [{job_name: ballast, static_configs: [{targets: ["${target}"]}]}]
`,
  )
  const child = spawn(
    program,
    [`--config.file=${config}`, `--storage.tsdb.path=${join(dir, 'data')}`, '--web.listen-address=127.0.0.1:0'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  const started = Date.now() / 1000
  const port = (): string | undefined => /msg="Listening on" address=127\.0\.0\.1:(\d+)/.exec(log)?.[1]
  const ready = (): boolean => port() !== undefined && log.includes('Server is ready to receive web requests')
  try {
    await waitFor(
      () => ready() || child.exitCode !== null,
      () => `Prometheus does not start:\n${log}`,
    )
    if (!ready()) throw new Error(`Prometheus ended:\n${log}`)
  } catch (error) {
    await stop()
    throw error
  }
  const ask = (expr: string): Promise<readonly Answer[]> => askRange(`http://127.0.0.1:${port()}`, expr, started)
  return {
    ask,
    scrapedAgain: async () => {
      const called = Date.now() / 1000
      const newest = async (): Promise<number> => Math.max(0, ...((await ask('timestamp(up)'))[0]?.values ?? []))
      await waitFor(
        async () => (await newest()) > called + SCRAPE_MS / 1000,
        () => `no scrape since ${called}:\n${log}`,
      )
    },
    stop,
  }
}

async function askRange(url: string, expr: string, start: number): Promise<readonly Answer[]> {
  const query = new URLSearchParams({ query: expr, start: String(start), end: String(Date.now() / 1000), step: '0.5' })
  const response = await fetch(`${url}/api/v1/query_range`, { method: 'POST', body: query })
  const body = (await response.json()) as {
    readonly status: string
    readonly error?: string
    readonly data?: { readonly result: readonly { metric: Record<string, string>; values: [number, string][] }[] }
  }
  if (body.status !== 'success') throw new Error(`${expr}: ${body.error}`)
  return body.data!.result.map(({ metric, values }) => ({ metric, values: values.map(([, text]) => Number(text)) }))
}

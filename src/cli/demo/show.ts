import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { readPriceCsv } from '#adapters/feed/csv.js'
import { pinoLog } from '#adapters/log/pino.js'
import { packageRoot } from '#daemon/package-root.js'
import { version } from '#daemon/version.js'
import { silentLog } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { collect } from '#report/collect.js'
import { renderReport } from '#report/html.js'
import { performance } from '#report/performance.js'
import type { InstrumentId } from '#units/ids.js'
import type { SessionDate } from '#units/time.js'
import type { Settings } from '../settings.js'
import { type Evidence, examine } from './examine.js'
import { perform } from './perform.js'
import { performOnWire } from './perform-on-wire.js'
import { DEMO_SEED, type Finished } from './performance.js'
import { progressBar } from './progress.js'
import { runLine } from './run-line.js'
import { type Scene, summaryJson, summaryText } from './summary.js'

/** Columns assumed where output is no terminal. */
const WIDE = 220

/** The prices that ship with the program: five US stocks, monthly, 2000 to 2010. */
const SHIPPED = 'node_modules/vega-datasets/data/stocks.csv'

/** Options of `ballast demo`. */
export interface DemoOptions {
  readonly data?: string
  readonly universe?: readonly InstrumentId[]
  readonly from?: SessionDate
  readonly to?: SessionDate
  readonly speed: number
  readonly listen: string
  readonly report?: string
  /** Feed, gateway and daemon in processes of their own: over this server, or one started for it (`true`). */
  readonly nats?: string | true
}

/** Runs the demo, prints as asked, writes the report; exit code 1 when the examination found something wrong. */
export async function show(options: DemoOptions, { output, color, verbosity, state }: Settings): Promise<void> {
  const json = output === 'json' || output === 'jsonl'
  const quiet = json || output === 'none'
  const history = prices(options)
  const bar = progressBar(history.sessions.length, !quiet)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort())
  const source = options.data ?? 'vega-datasets stocks.csv (shipped)'
  const report = resolve(options.report ?? join('reports', reportName(options.data)))
  if (!quiet) process.stdout.write(opening(history, source))
  const { nats } = options
  const scene = await (nats === undefined ? perform : performOnWire)(
    {
      history,
      source: { file: options.data ?? join(packageRoot, SHIPPED), ...options },
      nats: typeof nats === 'string' ? nats : null,
      stateDir: resolve(state ?? '.ballast/demo'),
      speed: options.speed,
      listen: options.listen,
      log: verbosity > 0 ? pinoLog({ level: 'info', destination: process.stderr }) : silentLog,
      signal: stop.signal,
      onServing: (address) => !quiet && process.stdout.write(`Metrics at http://${address}/metrics\n\n`),
      onRun: (run) => !quiet && bar.print(runLine(run, color, process.stdout.columns ?? WIDE)),
      onTold: (line) => !quiet && bar.print(line),
      onSession: (bars, number) => bar.update(number, bars.session),
    },
    async (finished) => {
      bar.stop()
      return finish(finished, source, report)
    },
  )
  process.stdout.write(
    json ? `${JSON.stringify(summaryJson(scene, report), null, 2)}\n` : quiet ? '' : summaryText(scene, report, color),
  )
  if (scene.some(({ examination }) => examination.faults.length > 0)) process.exitCode = 1
}

const prices = ({ data, from, to, universe }: DemoOptions): PriceHistory =>
  readPriceCsv(data ?? join(packageRoot, SHIPPED), {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(universe === undefined ? {} : { universe }),
  })

async function finish(finished: Finished & Evidence, source: string, report: string): Promise<readonly Scene[]> {
  const { journal, portfolios: ids } = finished
  const scenes: Scene[] = []
  for (const portfolio of ids) {
    const examination = await examine(finished, portfolio)
    const history = collect(journal, portfolio)
    scenes.push({ examination, history, performance: performance(history) })
  }
  const portfolios = scenes.map((scene) => scene.history)
  mkdirSync(dirname(report), { recursive: true })
  writeFileSync(report, renderReport({ title: 'Ballast demo', source, seed: DEMO_SEED, version, portfolios }))
  return scenes
}

/** `demo.html`, or `demo-<file>.html` for the user's own prices. */
const reportName = (data: string | undefined): string =>
  data === undefined ? 'demo.html' : `demo-${basename(data).replace(/(\.csv)?(\.gz)?$/, '')}.html`

function opening({ instruments, sessions, barSize, dropped }: PriceHistory, source: string): string {
  const from = sessions[0]?.session ?? ''
  const to = sessions.at(-1)?.session ?? ''
  const size = { '1m': 'minute', '1d': 'daily', '1mo': 'monthly' }[barSize]
  const drops = dropped.length === 0 ? '' : `, ${dropped.length} unusable prices dropped`
  return `${instruments.length} instruments, ${sessions.length} ${size} sessions, ${from} to ${to}${drops}\nPrices: ${source}\n`
}

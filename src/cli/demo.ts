import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { readPriceCsv } from '#adapters/feed/csv.js'
import { pinoLog } from '#adapters/log/pino.js'
import type { Assembly } from '#daemon/assemble.js'
import { packageRoot } from '#daemon/package-root.js'
import { version } from '#daemon/version.js'
import { silentLog } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { collect } from '#report/collect.js'
import { renderReport } from '#report/html.js'
import { performance } from '#report/performance.js'
import { instrumentId } from '#units/ids.js'
import { sessionDate } from '#units/time.js'
import { type Examination, examine } from './demo/examine.js'
import { DEMO_SEED, perform } from './demo/perform.js'
import { progressBar } from './demo/progress.js'
import { runLine } from './demo/run-line.js'
import { type Scene, summaryJson, summaryText } from './demo/summary.js'

/** The prices that ship with the program: five US stocks, monthly, 2000 to 2010. */
const SHIPPED = 'node_modules/vega-datasets/data/stocks.csv'

interface DemoOptions {
  readonly data?: string
  readonly universe?: readonly string[]
  readonly from?: string
  readonly to?: string
  readonly speed: number
  readonly listen: string
  readonly report?: string
  readonly verbose?: boolean
  readonly state?: string
  readonly output?: string
  readonly color?: boolean
}

/** `ballast demo`: three portfolios over real prices in a fresh state directory, with a summary and a report. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'rebalance three portfolios over recorded prices; prints each run, a summary and writes an HTML report',
    )
    .option('--data <file>', 'CSV of prices, gz too (default: five US stocks, monthly, 2000 to 2010)')
    .option('--universe <symbols>', 'symbols to trade, comma-separated (default: all in the file)', (text) =>
      text.split(','),
    )
    .option('--from <date>', 'first session, YYYY-MM-DD')
    .option('--to <date>', 'last session, YYYY-MM-DD')
    .option('--speed <n>', 'sessions a second; 0 is as fast as possible', nonNegative, 0)
    .option('--listen <address>', 'where metrics and health are served meanwhile', '127.0.0.1:9464')
    .option('--report <file>', 'where the report goes (default: reports/demo-<data>.html)')
    .action(async (_options: unknown, command: Command) => demo(command.optsWithGlobals<DemoOptions>()))
}

async function demo(options: DemoOptions): Promise<void> {
  const json = options.output === 'json' || options.output === 'jsonl'
  const quiet = json || options.output === 'none'
  const history = prices(options)
  const colour =
    !quiet && process.stdout.isTTY === true && process.env.NO_COLOR === undefined && options.color !== false
  const bar = progressBar(history.sessions.length, !quiet)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort())
  const source = options.data ?? 'vega-datasets stocks.csv (shipped)'
  const report = resolve(
    options.report ?? join('reports', `demo-${basename(source).replace(/[^A-Za-z0-9]+/g, '-')}.html`),
  )
  if (!quiet) process.stdout.write(opening(history, source))
  const scene = await perform(
    {
      history,
      stateDir: resolve(options.state ?? '.ballast/demo'),
      speed: options.speed,
      listen: options.listen,
      log: options.verbose ? pinoLog({ level: 'info', destination: process.stderr }) : silentLog,
      signal: stop.signal,
      onServing: (address) => !quiet && process.stdout.write(`Metrics at http://${address}/metrics\n\n`),
      onRun: (run) => !quiet && bar.print(runLine(run, colour)),
      onSession: (bars, number) => bar.update(number, bars.session),
    },
    async (assembly) => {
      bar.stop()
      return finish(assembly, source, report)
    },
  )
  process.stdout.write(
    json ? `${JSON.stringify(summaryJson(scene, report), null, 2)}\n` : quiet ? '' : summaryText(scene, report, colour),
  )
  if (scene.some(({ examination }) => examination.faults.length > 0)) process.exitCode = 1
}

function prices(options: DemoOptions): PriceHistory {
  return readPriceCsv(options.data ?? join(packageRoot, SHIPPED), {
    ...(options.from === undefined ? {} : { from: sessionDate(options.from) }),
    ...(options.to === undefined ? {} : { to: sessionDate(options.to) }),
    ...(options.universe === undefined ? {} : { universe: options.universe.map((text) => instrumentId(text.trim())) }),
  })
}

async function finish(assembly: Assembly, source: string, report: string): Promise<readonly Scene[]> {
  const { journal, engine } = assembly
  const scenes: Scene[] = []
  for (const portfolio of engine.host.portfolios) {
    const examination: Examination = await examine(assembly, portfolio)
    const history = collect(journal, portfolio)
    scenes.push({ examination, history, performance: performance(history) })
  }
  const portfolios = scenes.map((scene) => scene.history)
  mkdirSync(dirname(report), { recursive: true })
  writeFileSync(report, renderReport({ title: 'Ballast demo', source, seed: DEMO_SEED, version, portfolios }))
  return scenes
}

function opening({ instruments, sessions, barSize, dropped }: PriceHistory, source: string): string {
  const from = sessions[0]?.session ?? ''
  const to = sessions.at(-1)?.session ?? ''
  const size = { '1m': 'minute', '1d': 'daily', '1mo': 'monthly' }[barSize]
  const drops = dropped.length === 0 ? '' : `, ${dropped.length} unusable prices dropped`
  return `${instruments.length} instruments, ${sessions.length} ${size} sessions, ${from} to ${to}${drops}\nPrices: ${source}\n`
}

function nonNegative(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError('must be a number ≥ 0')
  return value
}

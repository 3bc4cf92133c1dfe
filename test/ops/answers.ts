import { catalog } from '#adapters/metrics/catalog.js'
import { dashboards } from '../../grafana/src/dashboards.js'
import { alertExpressions, expressionsOf, filledIn, markingsOf } from './monitoring.js'
import { selectorsOf } from './promql.js'
import { type RealPrometheus, startPrometheus } from './real-prometheus.js'

/** What a Prometheus over a running daemon could not answer. */
export interface Unanswered {
  /** Dashboard queries without a single finite number. */
  readonly panels: readonly string[]
  /** Selectors of alerts, annotations and variables without a series. */
  readonly selectors: readonly string[]
  /** Metrics of the catalog without a series. */
  readonly metrics: readonly string[]
}

/** A window that spans several scrapes of the test. */
const WINDOW = '6s'

/** What to scrape, with what, and for how long. */
export interface Scraping {
  /** The Prometheus program. */
  readonly program: string
  /** An empty directory for its storage. */
  readonly dir: string
  /** `host:port` of a daemon whose `/metrics` are read. */
  readonly target: string
  /** Resolves once the daemon has done everything that is to be seen. */
  readonly played: Promise<unknown>
}

/**
 * Lets a real Prometheus scrape a daemon until it has played, and then asks everything that dashboards and alerts ask.
 * An alert is silent when all is well, so of alerts and annotations the selectors are asked for, not the conditions.
 */
export async function unanswered({ program, dir, target, played }: Scraping): Promise<Unanswered> {
  const prometheus = await startPrometheus(program, dir, target)
  try {
    await played
    await prometheus.scrapedAgain()
    return await askAll(prometheus)
  } finally {
    await prometheus.stop()
  }
}

async function askAll(prometheus: RealPrometheus): Promise<Unanswered> {
  const boards = Object.values(dashboards())
  const panels = boards.flatMap(expressionsOf).map(({ where, expr }) => ({ where, expr: filledIn(expr, WINDOW) }))
  const selectors = [...boards.flatMap(markingsOf), ...alertExpressions].flatMap(({ where, expr }) =>
    selectorsOf(expr).map(({ text }) => ({ where: `${where}: ${text}`, expr: filledIn(text, WINDOW) })),
  )
  const metrics = catalog.map(({ name, type }) => ({
    where: name,
    expr: type === 'histogram' ? `${name}_count` : name,
  }))
  return {
    panels: await without(prometheus, panels),
    selectors: await without(prometheus, selectors),
    metrics: await without(prometheus, metrics),
  }
}

async function without(
  prometheus: RealPrometheus,
  asked: readonly { readonly where: string; readonly expr: string }[],
): Promise<readonly string[]> {
  const silent = new Set<string>()
  await Promise.all(
    asked.map(async ({ where, expr }) => {
      const answers = await prometheus.ask(expr)
      if (!answers.some(({ values }) => values.some(Number.isFinite))) silent.add(where)
    }),
  )
  return [...silent].sort()
}

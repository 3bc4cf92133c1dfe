import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type Log, silentLog } from '#ports/log.js'
import type { Labels, Metrics } from '#ports/metrics.js'
import { catalog } from './catalog.js'
import type { LabelRule } from './labels.js'
import type { MetricSpec } from './spec.js'

/** Counter of what was refused; the one metric this module writes itself. */
const DROPPED = 'ballast_metrics_dropped_total'

/** What a Prometheus sink is told. */
export interface PrometheusOptions {
  /** Every value the `portfolio` label may take. */
  readonly portfolios: readonly string[]
  readonly log?: Log
  /** Also report `process_*` and `nodejs_*`; true unless said otherwise. */
  readonly processMetrics?: boolean
}

/** A sink that Prometheus can scrape. */
export interface PrometheusMetrics extends Metrics {
  /** All series in the text exposition format; about 10 ms for 2,000 series. */
  render(): Promise<string>
  /** The format's media type. */
  readonly contentType: string
}

type Instrument =
  | { readonly type: 'counter'; readonly spec: MetricSpec; readonly metric: Counter }
  | { readonly type: 'gauge'; readonly spec: MetricSpec; readonly metric: Gauge }
  | { readonly type: 'histogram'; readonly spec: MetricSpec; readonly metric: Histogram }

/**
 * The catalog over prom-client, in a registry of its own. No call throws: a name, type, label or value that the catalog
 * does not know is dropped, counted in `ballast_metrics_dropped_total` and logged once for each kind of mistake.
 * Counters and histograms whose labels are all closed lists start at 0 for every combination, so that `increase()` sees a
 * first event; a gauge is absent until it is set.
 */
export function prometheusMetrics(options: PrometheusOptions): PrometheusMetrics {
  const registry = new Registry()
  const instruments = new Map(catalog.map((spec) => [spec.name, instrumentOf(spec, registry)]))
  for (const instrument of instruments.values()) startAtZero(instrument, options.portfolios)
  if (options.processMetrics !== false) collectDefaultMetrics({ register: registry })
  const drop = dropping(instruments, options.log ?? silentLog)
  const portfolios = new Set(options.portfolios)
  const record = (type: Instrument['type'], name: string, given: Labels, value: number): void => {
    const instrument = instruments.get(name)
    const objection = instrument ? mistake(instrument, type, given, value, portfolios) : 'no such metric'
    if (instrument === undefined || objection !== undefined) {
      drop(name, objection ?? '')
      return
    }
    try {
      apply(instrument, { ...given }, value)
    } catch (error) {
      drop(name, String(error))
    }
  }
  return {
    count: (name, given = {}, by = 1) => record('counter', name, given, by),
    gauge: (name, value, given = {}) => record('gauge', name, given, value),
    observe: (name, value, given = {}) => record('histogram', name, given, value),
    render: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function instrumentOf(spec: MetricSpec, registry: Registry): Instrument {
  const common = { name: spec.name, help: spec.help, labelNames: Object.keys(spec.labels), registers: [registry] }
  if (spec.type === 'counter') return { type: 'counter', spec, metric: new Counter(common) }
  if (spec.type === 'gauge') return { type: 'gauge', spec, metric: new Gauge(common) }
  return { type: 'histogram', spec, metric: new Histogram({ ...common, buckets: [...(spec.buckets ?? [])] }) }
}

function apply(instrument: Instrument, given: Record<string, string>, value: number): void {
  if (instrument.type === 'counter') instrument.metric.inc(given, value)
  else if (instrument.type === 'gauge') instrument.metric.set(given, value)
  else instrument.metric.observe(given, value)
}

/** What is wrong with a measurement, if anything. */
function mistake(
  { type, spec }: Instrument,
  asked: Instrument['type'],
  given: Labels,
  value: number,
  portfolios: ReadonlySet<string>,
): string | undefined {
  if (type !== asked) return `is a ${type}, not a ${asked}`
  if (!Number.isFinite(value)) return 'the value is not finite'
  if (type === 'counter' && value < 0) return 'a counter cannot go down'
  for (const name of Object.keys(spec.labels)) if (!Object.hasOwn(given, name)) return `label ${name} is missing`
  for (const [name, text] of Object.entries(given)) {
    const rule = Object.hasOwn(spec.labels, name) ? spec.labels[name] : undefined
    if (rule === undefined) return `there is no label ${name}`
    if (!allows(rule, text, portfolios)) return `label ${name} has no such value`
  }
  return undefined
}

function allows(rule: LabelRule, text: string, portfolios: ReadonlySet<string>): boolean {
  if (rule instanceof RegExp) return rule.test(text)
  return rule === 'portfolio' ? portfolios.has(text) : rule.includes(text)
}

/**
 * A count that is not there yet looks like no event, and its first event like no increase: every combination starts at
 * zero. A gauge nobody set yet is unknown, which is not 0: prom-client's own zero of gauges without labels is taken away.
 */
function startAtZero(instrument: Instrument, portfolios: readonly string[]): void {
  if (instrument.type === 'gauge') {
    if (Object.keys(instrument.spec.labels).length === 0) instrument.metric.remove()
    return
  }
  let combinations: Record<string, string>[] = [{}]
  for (const [name, rule] of Object.entries(instrument.spec.labels)) {
    if (rule instanceof RegExp) return
    const values = rule === 'portfolio' ? portfolios : rule
    combinations = combinations.flatMap((row) => values.map((text) => ({ ...row, [name]: text })))
  }
  for (const row of combinations)
    if (instrument.type === 'counter') instrument.metric.inc(row, 0)
    else instrument.metric.zero(row)
}

function dropping(instruments: ReadonlyMap<string, Instrument>, log: Log): (metric: string, why: string) => void {
  const told = new Set<string>()
  return (metric, why) => {
    const counter = instruments.get(DROPPED)
    if (counter?.type === 'counter') counter.metric.inc()
    const mistakeKey = `${metric} ${why}`
    if (told.has(mistakeKey) || told.size >= 1_000) return
    told.add(mistakeKey)
    log.warn({ metric, why }, 'measurement dropped')
  }
}

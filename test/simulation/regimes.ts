import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import type { Run } from '#domain/run.js'
import type { Commit } from '#ports/journal.js'
import { sizedByDrawdown } from './losses.js'
import { followVolatility, type KnownVolatility, noVolatility } from './volatility.js'

/** What the witness knows of a portfolio that asks for the regime, worked out here from what is in its journal. */
export interface KnownRegime {
  policy: PortfolioPolicy | null
  reading: { readonly regime: string; readonly confidence: number; readonly at: number } | null
  override: { readonly regime: string; readonly until: number } | null
  /** Where readings alone have led. */
  read: number
  /** What weights are multiplied by; null before anything was said. */
  multiplier: number | null
  /** Names that move together, as they were read last. */
  clusters: readonly (readonly string[])[]
  readonly volatility: KnownVolatility
}

/** Of a portfolio nothing has been seen of. */
export const noRegime = (): KnownRegime => ({
  ...{ policy: null, reading: null, override: null, read: 1, multiplier: null },
  clusters: [],
  volatility: noVolatility(),
})

/** Float noise of weights. */
const NOISE = 1e-9

const TABLE: Readonly<Record<string, number>> = {
  ...{ TRENDING: 1.2, VOLATILE_TRENDING: 1, MEAN_REVERTING: 0.9, CHOPPY: 0.7, QUIET_CHOPPY: 0.5, UNKNOWN: 1 },
}

/**
 * Follows a step on disk and says what must not be: a state whose multiplier is not what the readings, their age and people's words
 * make it; a reading taken that is no news or of a time to come.
 */
export function followRegime(known: KnownRegime, { entry: { event }, snapshot, run }: Commit): readonly string[] {
  if (event.type === 'created' || event.type === 'configured' || event.type === 'restored') known.policy = event.policy
  if (event.type === 'inputsRead') known.clusters = event.readings.clusters?.clusters ?? known.clusters
  const wrong = event.type === 'regimeRead' ? [...against(known, event)] : []
  if (known.policy?.regime !== undefined) take(known, event)
  wrong.push(...followVolatility(known.volatility, known.policy?.volatility, event, snapshot?.text))
  wrong.push(...unsized(known, event, run))
  if (snapshot === null || known.multiplier === null) return wrong
  const said = /"regime":\{[^{}]*"multiplier":([0-9.]+)/.exec(flat(snapshot.text))?.[1]
  if (Number(said) === known.multiplier) return wrong
  return [...wrong, `the state sizes by ${said}, its readings make that ${known.multiplier}`]
}

type Weights = Readonly<Record<string, number>>

/** Targets that are not those of the source times what the regime leaves of them; bounds and cash are the policy's own. */
function unsized(
  { policy, multiplier, clusters, volatility }: KnownRegime,
  event: PortfolioEvent,
  run: Run | null,
): readonly string[] {
  if (event.type !== 'solved' || event.answer.kind !== 'targets' || policy === null) return []
  if (run?.answer?.kind !== 'targets' || event.answer.evidence.ladder?.rung === 'previous') return []
  const plain = event.answer.targets.weights as Readonly<Record<string, number>>
  const sized = run.answer.targets.weights as Readonly<Record<string, number>>
  const kind = policy.regime === undefined ? 1 : (multiplier ?? 1)
  const market = policy.volatility === undefined ? kind : Math.min(kind, volatility.multiplier)
  const asked = Math.min(market, sizedByDrawdown(run, policy.governance) ?? market)
  const most = Math.max(1, roomIn(policy, plain, run.before.weights, clusters))
  const factor = Math.min(asked, most)
  // What is traded of a name limits its weight too; how far is for the watch of volumes.
  const least = policy.liquidity === undefined ? factor : Math.min(asked, 1)
  return Object.keys(plain).flatMap((name) => {
    const [is, from, to] = [sized[name] ?? 0, plain[name]! * least, plain[name]! * factor]
    return is > Math.min(from, to) - NOISE && is < Math.max(from, to) + NOISE
      ? []
      : [`${run.id} wants ${is} of ${name}, what takes risk back makes that ${to}`]
  })
}

/** How often weights fit into their bounds and those of their sums, rules' included, and the cash there must be. */
function roomIn(
  { optimiser, targets, governance, universe }: PortfolioPolicy,
  plain: Weights,
  held: Weights,
  clusters: KnownRegime['clusters'],
): number {
  const params = (rule: string) => governance.find(({ name }) => name === rule)?.params
  const limit = Number(params('position-limit')?.max ?? 1)
  const list = params('restricted-list')
  const noBuy = (list?.noBuy ?? []) as readonly string[]
  const upper = (name: string): number =>
    noBuy.includes(name) ? Math.max(0, held[name] ?? 0) : Math.min(optimiser.bounds.max, limit)
  // Nothing is located for whoever has the list, so what is short may only become less.
  const lower = list === undefined ? Math.max(optimiser.bounds.min, -limit) : 0
  const cash = Math.max(targets.cashReserve, targets.name === 'optimised' ? optimiser.bounds.cash[0] : 0)
  const sum = (names: readonly string[]): number => names.reduce((all, name) => all + Math.abs(plain[name] ?? 0), 0)
  const sectorsOf = [...new Set(universe.map(({ sector = 'UNKNOWN' }) => sector))]
  const most = Number(params('sector-concentration')?.max ?? Number.POSITIVE_INFINITY)
  const together = Number(params('correlation-cluster')?.max ?? Number.POSITIVE_INFINITY)
  const gross = params('gross-net-leverage') === undefined ? Number.POSITIVE_INFINITY : 1
  const invested = Object.values(plain).reduce((all, weight) => all + weight, 0)
  return Math.min(
    ...Object.entries(plain)
      .filter(([, weight]) => weight !== 0)
      .map(([name, weight]) => (weight > 0 ? upper(name) : lower) / weight),
    ...sectorsOf.map(
      (each) => most / sum(universe.filter(({ sector = 'UNKNOWN' }) => sector === each).map(({ id }) => id)),
    ),
    ...clusters.map((members) => together / sum(members)),
    gross / sum(Object.keys(plain)),
    invested > 0 ? (1 - cash) / invested : Number.POSITIVE_INFINITY,
  )
}

function against(
  { policy, reading }: KnownRegime,
  { reading: heard, at }: Extract<PortfolioEvent, { type: 'regimeRead' }>,
): readonly string[] {
  if (policy?.regime === undefined) return ['a reading was taken by a portfolio that does not ask']
  if (heard.at > at + 70_000) return [`a reading of ${heard.at} was taken at ${at}`]
  return reading !== null && heard.at <= reading.at ? ['an older reading was taken after a newer one'] : []
}

function take(known: KnownRegime, event: PortfolioEvent): void {
  const ages = event.type === 'timedOut' && event.timer === 'regime'
  if (event.type === 'regimeRead') known.reading = event.reading
  else if (event.type === 'regimeSet') known.override = event.override
  else if (!ages) return
  const { reading } = known
  const { maxAgeMs, minConfidence } = known.policy!.regime!
  const follows = reading !== null && event.at - reading.at <= maxAgeMs && reading.confidence >= minConfidence
  known.read = follows ? TABLE[reading.regime]! : known.read > 1 ? 1 : known.read
  if (known.override !== null && known.override.until <= event.at) known.override = null
  known.multiplier = known.override === null ? known.read : TABLE[known.override.regime]!
}

/** The inner objects of a canonical text left out where the regime stands, so that its own fields are found. */
const flat = (text: string): string => {
  const start = text.indexOf('"regime":{"because"')
  return start < 0 ? '' : text.slice(start).replace(/"(override|reading)":\{[^{}]*\}/g, '"$1":0')
}

/** What a portfolio's state says of the regime, as far as the witness looks at it. */
type Standing =
  | {
      readonly because: string
      readonly override: { readonly until: number } | null
      readonly reading: { readonly at: number } | null
    }
  | undefined

/** True when time alone will change it: a word of a person's or a reading that has not grown too old stands. */
export const willEnd = (regime: Standing): boolean =>
  regime !== undefined && (regime.override !== null || regime.because === 'regime' || regime.because === 'unsure')

/** What of the regime should have ended by itself and has not; null when nothing. */
export function overstayed(regime: Standing, maxAgeMs: number, now: number): string | null {
  if (regime === undefined) return null
  if (regime.override !== null && regime.override.until < now) return 'a regime set by hand outlasts its time'
  const old = regime.reading !== null && regime.reading.at + maxAgeMs < now
  return old && regime.because === 'regime' ? 'a reading is followed that is too old' : null
}

import type { Chosen } from '#domain/policy.js'
import type { Run } from '#domain/run.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Commit } from '#ports/journal.js'
import { decode } from '#units/canonical.js'
import type { PortfolioId } from '#units/ids.js'
import { Chance } from './chance.js'

/** What the witness remembers of a portfolio's losses: when its books or their mark last moved otherwise than by fills. */
export interface KnownLosses {
  movedAt: number
  readonly ended: Set<string>
}

/** Of a portfolio nothing has been seen of. */
export const noLosses = (): KnownLosses => ({ movedAt: 0, ended: new Set() })

/** Part of the limit that a recovery has to be. */
const RECOVERY = 0.1

/** What fees and rounding of quantities may take of a unit between two looks, relative. */
const SMALL = 2e-4

/** Events that change units, their mark, the close before, or the rules. */
const MOVES: ReadonlySet<string> = new Set([
  ...['deposited', 'marked', 'markReset', 'busted', 'adjusted', 'configured', 'restored'],
])

/** The rules on losses of a portfolio, limits so low that histories reach them. */
export function lossRules(seed: number, id: PortfolioId): readonly Chosen[] {
  const chance = new Chance(seed, `losses ${id}`)
  const [counts, halts] = [chance.is(0.4), chance.is(0.15)]
  const max = chance.pick([0.004, 0.01, 0.03])
  const halt = chance.pick([0.005, 0.02])
  return [
    ...(halts ? [{ name: 'daily-loss', params: { max: halt, warn: 0.003, maxAgeDays: 4 } }] : []),
    ...(counts ? [{ name: 'drawdown', params: { max, recovery: RECOVERY, maxAgeDays: 4 } }] : []),
  ]
}

/** What a drawdown leaves of targets. */
const leftBy = (drawdown: number, max: number): number =>
  Math.min(1, Math.max(0.25, 1 - (0.75 * (drawdown - max / 4)) / (0.75 * max)))

/** What a run's sizing says a drawdown leaves; null where none does. */
export function sizedByDrawdown({ sizing }: Run, rules: readonly Chosen[]): number | null {
  const max = maxOf(rules, 'drawdown')
  return sizing === undefined || max === null || !('drawdown' in sizing) ? null : leftBy(sizing.drawdown, max)
}

const maxOf = (rules: readonly Chosen[], rule: string): number | null => {
  const found = rules.find(({ name }) => name === rule)
  return found === undefined ? null : Number(found.params.max)
}

/**
 * Follows a step on disk and says what must not be, worked out from what a unit was worth by the plans that were judged, where nothing but
 * fills has moved the books since the run began: an order that adds risk at the limit of the drawdown, targets that a drawdown did not
 * size as far as it must, and an order in a session that had lost too much.
 */
export function followLosses(known: KnownLosses, { entry: { event }, run, snapshot }: Commit): readonly string[] {
  if (MOVES.has(event.type)) known.movedAt = event.at
  if (run === null || run.endedAt === null || snapshot === null || known.ended.has(run.id)) return []
  known.ended.add(run.id)
  if (known.movedAt >= run.startedAt || !/"name":"(drawdown|daily-loss)"/.test(snapshot.text)) return []
  const { context } = decode(snapshot.text) as PortfolioSnapshot
  const { policy, book, unitAtClose } = context
  const { units, highWaterPerUnit: mark } = book.nav
  if (units.isZero()) return []
  const lostAt = (equity: Run['before']['equity']): number => 1 - equity.div(units).div(mark).toNumber()
  const close = unitAtClose ?? null
  const madeAt = (equity: Run['before']['equity']): number =>
    close === null ? 0 : equity.div(units).div(close).toNumber() - 1
  return [
    ...againstLimit(run, maxOf(policy.governance, 'drawdown'), lostAt),
    ...againstSizing(run, maxOf(policy.governance, 'drawdown'), lostAt),
    ...againstSession(run, maxOf(policy.governance, 'daily-loss'), madeAt),
  ]
}

type At = (equity: Run['before']['equity']) => number

/** Orders of the last wave of buys: those of which the equity they were judged on is known. Covers take risk back. */
function againstLimit(run: Run, max: number | null, lostAt: At): readonly string[] {
  if (max === null || run.buys === null) return []
  const lost = lostAt(run.buys.equity)
  if (lost < max + SMALL) return []
  return Object.values(run.orders)
    .filter(({ body }) => body.side === 'buy' && body.attempt === run.waves)
    .filter(({ body }) => (run.before.weights[body.instrument] ?? 0) >= 0)
    .map(({ id }) => `${run.id} adds risk with ${id}, ${lost} below its mark, where its limit is ${max}`)
}

function againstSizing(run: Run, max: number | null, lostAt: At): readonly string[] {
  if (max === null || run.plan === null || run.type !== 'full' || run.answer?.kind !== 'targets') return []
  const left = leftBy(lostAt(run.plan.equity), max)
  const factor = run.sizing?.factor ?? 1
  // What enlarges may, while the drawdown takes nothing back.
  return left === 1 || factor <= left + SMALL / max
    ? []
    : [`${run.id} wants ${factor} of its targets, its drawdown leaves ${left}`]
}

function againstSession(run: Run, max: number | null, madeAt: At): readonly string[] {
  if (max === null || run.plan === null || Object.keys(run.orders).length === 0) return []
  const made = madeAt(run.plan.equity)
  return made > -max - SMALL ? [] : [`${run.id} trades in a session that made ${made}, its limit is ${-max}`]
}

import { subjects } from '#adapters/wire/subjects.js'
import type { VolatilityPolicy } from '#domain/policy.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import { instant, toIso } from '#units/time.js'
import type { OperatorOptions } from './operator.js'
import { CHANNEL } from './policies.js'

/** Longest between two levels, silences aside. */
const SPEAKS_MS = 9_000

/** A volatility index on the bus, which is silent for longer than its word lasts, late, and talks nonsense now and then. */
export class VolatilityIndex {
  constructor(readonly options: OperatorOptions) {}

  /** Speaks from now on, until commands are asked no more. */
  begin(): void {
    const { chance, timeline } = this.options
    timeline.after(chance.whole(0, SPEAKS_MS), () => this.#speak())
  }

  #speak(): void {
    const { chance, timeline, bus, until } = this.options
    if (timeline.now >= until) return
    const ts = toIso(instant(Math.floor(timeline.now + chance.whole(-3_000, 3_000))))
    const body = { level: chance.pick([12, 19.5, 21.2, 24, 25.5, 28.8, 33.6, 34.5, 48]), ts }
    const nonsense = ['wild', { ...body, level: 0 }, { ...body, level: '20' }]
    const said = chance.is(0.1) ? chance.pick(nonsense) : body
    bus.publish(subjects.volatility(CHANNEL), typeof said === 'string' ? said : JSON.stringify(said))
    timeline.after(chance.is(0.15) ? 60_000 : chance.whole(200, SPEAKS_MS), () => this.#speak())
  }
}

/** What the witness knows of the volatility of a portfolio, worked out here from what is in its journal. */
export interface KnownVolatility {
  at: number
  /** Level that is sized by; null before the first. */
  level: number | null
  multiplier: number
}

/** Of a portfolio nothing has been seen of. */
export const noVolatility = (): KnownVolatility => ({ at: Number.NEGATIVE_INFINITY, level: null, multiplier: 1 })

/**
 * Follows an event on disk and says what must not be: a level of an earlier time than the last, one that a portfolio took without
 * asking, a state whose multiplier is not what the levels make it. Two points of hysteresis, 20 to 40, half of the weights at least.
 */
export function followVolatility(
  known: KnownVolatility,
  policy: VolatilityPolicy | undefined,
  event: PortfolioEvent,
  state: string | undefined,
): readonly string[] {
  const wrong: string[] = []
  if (event.type === 'volatilityRead') {
    const { level, at } = event.reading
    if (policy === undefined) return ['a level was taken by a portfolio that does not ask']
    if (at <= known.at) wrong.push(`a level of ${at} was taken after one of ${known.at}`)
    const before = known.level
    known.at = at
    known.level = before === null || level >= before ? level : level < before - 2 ? level + 2 : before
    const over = Math.max(0, Math.min(20, known.level - 20))
    known.multiplier = Math.round(100 - over * 2.5) / 100
  }
  const said = state === undefined ? undefined : /"volatility":\{"level":[\d.]+,"multiplier":([\d.]+),/.exec(state)?.[1]
  if (said === undefined || known.level === null || Number(said) === known.multiplier) return wrong
  return [...wrong, `the state sizes by ${said} for volatility, its levels make that ${known.multiplier}`]
}

import type { LiquidityPolicy } from '#domain/liquidity/liquidity.js'
import type { Chosen, PortfolioPolicy } from '#domain/policy.js'
import type { Commit } from '#ports/journal.js'
import type { InstrumentId, OrderId, PortfolioId } from '#units/ids.js'
import { instant } from '#units/time.js'
import { Chance } from './chance.js'
import { NAMES } from './prices.js'

/** When figures were declared: before every history. */
const DECLARED = instant(Date.UTC(2024, 0, 1))

/** Whether portfolios are held to what is traded and sent in a history: in one of six, of every kind. */
export const hasVolumes = (seed: number): boolean => seed % 6 === 1

/** What people have declared to be traded of each name in a history, the same for its portfolios. */
export function liquidityIn(seed: number): LiquidityPolicy {
  const chance = new Chance(seed, 'volumes')
  const rows = NAMES.map((name) => [name, { adv: chance.pick(['200000', '2000000', '9000000000']), spread: null }])
  return { declared: Object.fromEntries(rows), declaredAt: DECLARED }
}

/** The rules on it, the same for all portfolios of a history, so that together they are kept. */
export function volumeRules(seed: number): readonly Chosen[] {
  const chance = new Chance(seed, 'volume rules')
  const most = { maxOrder: 10, maxOrderValue: '1000000000', maxValuePerDay: 1000, maxFirmValuePerDay: '9000000000' }
  const rates = { maxOrdersPerMinute: chance.pick([3, 100]), maxFirmOrdersPerMinute: chance.pick([4, 100]) }
  return [
    { name: 'firm-adv', params: { max: 0.1, maxAgeDays: 5, maxDeclaredAgeDays: 3660 } },
    { name: 'order-rate', params: { ...most, ...rates } },
  ]
}

/** An order as it was first sent. */
interface Sent {
  readonly portfolio: PortfolioId
  readonly instrument: InstrumentId
  readonly at: number
  readonly value: number
}

/** Float noise of money. */
const NOISE = 1e-6

/**
 * Follows the orders of all portfolios on disk and says where, each counted whole as it was first sent, they are more than their
 * rules let a minute or a day have. Counted here from nothing but the journal, whatever the events say was counted.
 */
export class VolumeWatch {
  readonly #policies = new Map<PortfolioId, PortfolioPolicy>()
  readonly #sent = new Map<OrderId, Sent>()

  /** Takes in a step on disk. */
  follow({ entry: { portfolio, event, effects } }: Commit): readonly string[] {
    if (event.type === 'created' || event.type === 'configured' || event.type === 'restored')
      this.#policies.set(portfolio, event.policy)
    const before = this.#sent.size
    for (const effect of effects) {
      if (effect.type !== 'submit' || this.#sent.has(effect.order.id)) continue
      const { body, intendedAt: at, id } = effect.order
      this.#sent.set(id, { portfolio, instrument: body.instrument, at, value: +body.quantity * +body.arrival })
    }
    const policy = this.#policies.get(portfolio)
    if (this.#sent.size === before || policy === undefined) return []
    return [...this.#beyondVolume(policy, event.at), ...this.#beyondRate(policy, event.at)]
  }

  #beyondVolume({ governance, liquidity }: PortfolioPolicy, now: number): readonly string[] {
    const max = governance.find(({ name }) => name === 'firm-adv')?.params.max
    if (max === undefined || liquidity === undefined) return []
    const day = (at: number): string => new Date(at).toISOString().slice(0, 10)
    return NAMES.flatMap((name) => {
      const orders = [...this.#sent.values()].filter(
        ({ instrument, at }) => instrument === name && day(at) === day(now),
      )
      const all = orders.reduce((sum, { value }) => sum + value, 0)
      const most = Number(max) * Number(liquidity.declared[name]?.adv)
      return all <= most + NOISE ? [] : [`${all} of ${name} is ordered in a day, all portfolios may order ${most}`]
    })
  }

  #beyondRate({ id, governance }: PortfolioPolicy, now: number): readonly string[] {
    const params = governance.find(({ name }) => name === 'order-rate')?.params
    if (params === undefined) return []
    const lately = [...this.#sent.values()].filter(({ at }) => now - at < 60_000)
    const own = lately.filter(({ portfolio }) => portfolio === id).length
    const [mine, firm] = [Number(params.maxOrdersPerMinute), Number(params.maxFirmOrdersPerMinute)]
    return own <= mine && lately.length <= firm
      ? []
      : [`${own} orders and ${lately.length} of all portfolios in a minute, ${mine} and ${firm} are allowed`]
  }
}

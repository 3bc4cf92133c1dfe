import { openBook } from '#domain/book/evolve.js'
import type { MarketView } from '#domain/market.js'
import type { PortfolioPolicy, TriggerPolicy } from '#domain/policy.js'
import type { PortfolioState, TriggerMemory } from '#domain/portfolio/state.js'
import type { Run } from '#domain/run.js'
import type { TargetSet } from '#domain/targets/target-set.js'
import { incarnation } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { type Instant, instant, sessionDate } from '#units/time.js'
import { byId, policyOf } from '../targets/fixtures.js'

/** The instant of every view. */
export const NOW = instant(Date.parse('2008-09-10T20:00:00Z'))
/** Its session, a Wednesday. */
export const TODAY = sessionDate('2008-09-10')

/** A memory with nothing pending, September's calendar done. */
export const calm: TriggerMemory = {
  lastViewAt: null,
  calendarPeriod: '2008-09',
  cooldownUntil: null,
  runsToday: null,
  targetsChanged: false,
  depositPending: false,
}

/** What a test changes of the quiet portfolio. */
export interface Given {
  readonly shares?: Record<string, string>
  readonly cash?: string
  readonly effective?: TargetSet | null
  readonly memory?: Partial<TriggerMemory>
  readonly triggers?: Partial<TriggerPolicy>
  readonly policy?: Partial<PortfolioPolicy>
  readonly run?: Pick<Run, 'status'> | null
}

/** Targets of the quiet portfolio. */
export const halves: TargetSet = { weights: byId({ GOOG: 0.5, MSFT: 0.25 }), cash: 0.25 }

/** 500 GOOG and 250 MSFT at 1, 250 in cash: at target, nothing pending, nothing due. */
export function portfolio(given: Given = {}): PortfolioState {
  const base = policyOf(['GOOG', 'MSFT', 'XOM'])
  const policy = { ...base, ...given.policy, triggers: { ...base.triggers, ...given.triggers } }
  const shares = Object.entries(given.shares ?? { GOOG: '500', MSFT: '250' })
  const positions = shares.map(([name, units]) => {
    const lot = { quantity: quantity(units), unitCost: price('1'), opened: sessionDate('2008-01-02') }
    return [name, { quantity: quantity(units), lots: [lot] }]
  })
  return {
    policy,
    incarnation: incarnation('incarnation1'),
    epoch: 1,
    book: {
      ...openBook('USD'),
      accounts: { cash: money(given.cash ?? '250') },
      positions: byId(Object.fromEntries(positions)),
    },
    effective: given.effective === undefined ? halves : given.effective,
    memory: { ...calm, ...given.memory },
    runs: 0,
    run: (given.run ?? null) as Run | null,
    permissionReason: '',
  }
}

/** A market at these prices; a price of '' is a session without one since the last at 1, two sessions ago. */
export function market(prices: Record<string, string> = {}, at: Instant = NOW, session = TODAY): MarketView {
  const quotes = Object.entries({ GOOG: '1', MSFT: '1', XOM: '1', ...prices }).map(([name, text]) => [
    name,
    { price: price(text === '' ? '1' : text), at, sessionsOld: text === '' ? 2 : 0 },
  ])
  return { at, session, barSize: '1d', quotes: byId(Object.fromEntries(quotes)) }
}

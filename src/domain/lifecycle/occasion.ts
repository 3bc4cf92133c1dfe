import { hold } from '#units/assert.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, noMoney, plus, worth } from '#units/money.js'
import type { Occasion } from '../governance/rule.js'
import { multiplierOf } from '../instrument/registry.js'
import type { PortfolioState } from '../portfolio/state.js'
import type { Run } from '../run.js'

/**
 * What a state's run is for, and what it has done, as rules see it. Buys are planned and judged again once its sells are
 * complete (`intendBuys`), and none is sent before: so sells count.
 */
export function occasionOf(state: PortfolioState): Occasion {
  const { run, memory } = state
  hold(run !== null, 'occasion', () => `${state.policy.id} has no run to judge a plan of`)
  const today = memory.runsToday?.session === run.session ? memory.runsToday.count : 0
  return {
    type: run.type,
    trigger: run.trigger.kind,
    automaticRuns: today,
    funds: Object.values(run.before.weights).every((weight) => weight === 0),
    ...tradedBy(state, run),
    sellsFirst: true,
  }
}

function tradedBy({ policy }: PortfolioState, { orders }: Run): Pick<Occasion, 'traded' | 'tradedOf'> {
  let [buy, sell] = [noMoney, noMoney]
  const tradedOf: Record<InstrumentId, Money> = {}
  for (const { body, cumulative } of Object.values(orders)) {
    const spec = policy.universe.find(({ id }) => id === body.instrument)
    if (spec === undefined || cumulative.isZero()) continue
    const value = worth(cumulative, body.arrival, multiplierOf(spec))
    tradedOf[body.instrument] = plus(tradedOf[body.instrument] ?? noMoney, value)
    if (body.side === 'buy') buy = plus(buy, value)
    else sell = plus(sell, value)
  }
  const traded = { buy, sell }
  return Object.keys(tradedOf).length === 0 ? { traded } : { traded, tradedOf }
}

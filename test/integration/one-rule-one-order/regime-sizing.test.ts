import { money } from '#units/money.js'
import { instant } from '#units/time.js'
import { daily, provesRule, THREE_NAMES } from './prove.js'

const BETWEEN = { actor: 'ann', reason: 'quarter end' }

provesRule({
  rule: 'regime-sizing',
  limit: '92 % of targets in the regime MEAN_REVERTING, when 200,000 that came in are invested',
  params: '{}',
  portfolio: `${THREE_NAMES.replace('{band: 0.05}', 'null')}regime: {source: detector, symbol: ALFA, multipliers: {mean_reverting: 0.92}}\n`,
  history: daily([], [], []),
  async act(engine, index) {
    if (index !== 1) return
    const override = { regime: 'MEAN_REVERTING', until: instant(Date.parse('2024-06-01T00:00:00Z')) } as const
    for (const portfolio of engine.portfolios) {
      await engine.regimes.set(portfolio, { override, ...BETWEEN })
      await engine.deposit(portfolio, money('200000'), 'paid in')
    }
  },
  run: 1,
  verdict: 'resize',
})

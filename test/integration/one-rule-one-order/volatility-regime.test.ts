import { money } from '#units/money.js'
import { daily, provesRule, THREE_NAMES } from './prove.js'

provesRule({
  rule: 'volatility-regime',
  limit: '92 % of targets at an index of 23.2, when 200,000 that came in are invested',
  params: '{}',
  portfolio: `${THREE_NAMES.replace('{band: 0.05}', 'null')}volatility: {file: vix.csv}\n`,
  history: daily([], [], []),
  async act(engine, index) {
    if (index !== 1) return
    for (const portfolio of engine.portfolios) await engine.deposit(portfolio, money('200000'), 'paid in')
  },
  run: 1,
  verdict: 'resize',
})

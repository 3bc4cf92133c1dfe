import { daily, depositing, provesRule, THREE_NAMES } from './prove.js'

const fallen = [92.7, 92.7, 92.7, 92.7]

provesRule({
  rule: 'drawdown',
  limit: '92 % of targets 6.6 % below the mark, when 200,000 that came in are invested',
  params: '{}',
  portfolio: THREE_NAMES.replace('{band: 0.05}', 'null'),
  history: daily(fallen, fallen, fallen),
  act: depositing('200000', 2),
  run: 1,
  verdict: 'resize',
})

import { daily, depositing, provesRule, THREE_NAMES } from './prove.js'

provesRule({
  rule: 'volatility-regime',
  limit: '92 % of targets at an index of 23.2, when 200,000 that came in are invested',
  params: '{}',
  portfolio: `${THREE_NAMES.replace('{band: 0.05}', 'null')}volatility: {file: vix.csv}\n`,
  history: daily([], [], []),
  act: depositing('200000', 1),
  run: 1,
  verdict: 'resize',
})

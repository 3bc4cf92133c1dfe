import { daily, depositing, provesRule, THREE_NAMES } from './prove.js'

provesRule({
  rule: 'cvar-limit',
  limit: 'a CVaR of a day of 4 %, once ALFA has lost 20 % in one day of four',
  params: '{}',
  portfolio: `${THREE_NAMES.replace('"1000000.00"', '"0.00"')}optimiser: {scenarios: {minimum: 4, maximum: 10}}\n`,
  history: daily([80], [100], [100], [100]),
  act: depositing('1000000', 4),
  verdict: 'approve',
})

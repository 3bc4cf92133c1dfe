import { daily, depositing, provesRule, THREE_NAMES } from './prove.js'

provesRule({
  rule: 'factor-exposure',
  limit: 'a beta of 0.5 to the market, with which ALFA goes twice as far and BRAVO as far',
  params: '{file: factors.csv, max: 0.5}',
  portfolio: `${THREE_NAMES.replace('"1000000.00"', '"0.00"')}optimiser: {scenarios: {minimum: 4, maximum: 10}}\n`,
  history: daily([102, 101], [100, 100], [102, 101], [100, 100]),
  files: {
    'factors.csv': 'date,Mkt\n2024-03-05,0\n2024-03-06,1\n2024-03-07,-1\n2024-03-08,1\n2024-03-11,-1\n',
  },
  act: depositing('1000000', 4),
  verdict: 'resize',
})

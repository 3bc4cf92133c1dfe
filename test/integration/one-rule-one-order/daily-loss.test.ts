import { daily, provesRule } from './prove.js'

provesRule({
  rule: 'daily-loss',
  limit: 'a loss of 5 % in the session, in which ALFA went from 100 to 70',
  params: '{}',
  history: daily([70], [70]),
  run: 1,
  verdict: 'halt',
})

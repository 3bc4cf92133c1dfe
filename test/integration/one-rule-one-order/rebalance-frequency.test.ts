import { historyOf } from '../played-rules.js'
import { provesRule } from './prove.js'

const at = (minute: number, alfa: number) => [`2024-03-04T15:0${minute}:00Z`, alfa, 100, 100, 100] as const

provesRule({
  rule: 'rebalance-frequency',
  limit: 'one automatic run a session, after ALFA went from 100 to 160 within minutes',
  params: '{}',
  history: historyOf('1m', [at(0, 100), at(1, 100), at(2, 160), at(3, 160), at(4, 160)]),
  run: 1,
  verdict: 'reject',
})

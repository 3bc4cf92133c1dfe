import { historyOf } from '../played-rules.js'
import { provesRule } from './prove.js'

const flat = [100, 100, 100, 100] as const

provesRule({
  rule: 'market-hours',
  limit: 'New York, at 08:00 there',
  params: '{}',
  history: historyOf('1m', [
    ['2024-03-04T13:00:00Z', ...flat],
    ['2024-03-04T13:01:00Z', ...flat],
  ]),
  verdict: 'reject',
})

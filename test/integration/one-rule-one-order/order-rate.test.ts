import { provesRule } from './prove.js'

provesRule({
  rule: 'order-rate',
  limit: 'two orders a minute; the third waits',
  params: '{max_orders_per_minute: 2}',
  verdict: 'reject',
})

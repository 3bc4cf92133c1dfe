import { provesRule, THREE_NAMES } from './prove.js'

provesRule({
  rule: 'price-collar',
  limit: 'limit prices within 5 % of the last, where orders are sent with 10 %',
  params: '{}',
  portfolio: THREE_NAMES.replace('orders: {', 'orders: {collar: 0.1, '),
  verdict: 'reject',
})

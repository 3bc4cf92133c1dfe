import { provesRule } from './prove.js'

provesRule({
  rule: 'minimum-trade',
  limit: 'no order of less than 250,000',
  params: '{min_value: "250000"}',
  verdict: 'resize',
})

import { provesRule, THREE_NAMES } from './prove.js'

provesRule({
  rule: 'firm-adv',
  limit:
    '10 % of what a name trades a day by all portfolios, ALFA 6,000,000, of which the one without the rule orders 350,000',
  params: '{}',
  portfolio: `${THREE_NAMES}liquidity: {declared_on: 2024-03-01, declared: {ALFA: {adv: "6000000"}, BRAVO: {adv: "90000000"}, CHARLIE: {adv: "90000000"}}}\n`,
  verdict: 'resize',
})

import { provesRule, THREE_NAMES } from './prove.js'

provesRule({
  rule: 'liquidity-adjusted',
  limit: '5 % of what a name trades a day, ALFA 4,000,000; 2 % in a name of less than 500,000, as CHARLIE',
  params: '{}',
  portfolio: `${THREE_NAMES}liquidity: {declared_on: 2024-03-01, declared: {ALFA: {adv: "4000000"}, BRAVO: {adv: "90000000"}, CHARLIE: {adv: "450000"}}}\n`,
  verdict: 'resize',
})

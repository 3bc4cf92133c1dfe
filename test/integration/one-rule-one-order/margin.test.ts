import { provesRule, THREE_NAMES } from './prove.js'

provesRule({
  rule: 'margin',
  limit: 'initial margin of 70 % of equity, where a short of CHARLIE takes 50 %',
  params: '{max_initial: 0.7}',
  portfolio: THREE_NAMES.replace('DELTA]}', 'DELTA], defaults: {shortable: true}}').replace(
    'ALFA: 0.35, BRAVO: 0.35, CHARLIE: 0.2}, cash: 0.1}',
    'ALFA: 0.3, BRAVO: 0.3, CHARLIE: -1}, cash: 1.4}\noptimiser: {bounds: {min: -1, max: 1}}',
  ),
  verdict: 'reject',
})

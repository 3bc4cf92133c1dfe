import { provesRule, THREE_NAMES } from './prove.js'

provesRule({
  rule: 'sector-concentration',
  limit: '40 % in Energy, which ALFA and BRAVO are',
  params: '{per_sector: {Energy: 0.4}}',
  portfolio: `${THREE_NAMES}sectors: gics.csv\n`,
  verdict: 'resize',
})

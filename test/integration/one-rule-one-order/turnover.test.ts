import { daily, provesRule } from './prove.js'

provesRule({
  rule: 'turnover',
  limit: '5 % a run, after ALFA went from 100 to 160',
  params: '{max: 0.05}',
  history: daily([160], [160]),
  run: 1,
  verdict: 'resize',
})

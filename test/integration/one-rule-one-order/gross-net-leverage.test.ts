import { provesRule } from './prove.js'

provesRule({
  rule: 'gross-net-leverage',
  limit: 'gross exposure of 45 %',
  params: '{max_gross: 0.45}',
  verdict: 'resize',
})

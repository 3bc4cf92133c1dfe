import { provesRule } from './prove.js'

provesRule({
  rule: 'correlation-cluster',
  limit: '40 % in names of a correlation of 0.7, as ALFA and CHARLIE have',
  params: '{matrix: correlations.csv}',
  files: { 'correlations.csv': '2024-03-01,ALFA,BRAVO,CHARLIE\nALFA,1,0.1,0.9\nBRAVO,0.1,1,0.1\nCHARLIE,0.9,0.1,1\n' },
  verdict: 'resize',
})

import { provesRule } from './prove.js'

provesRule({ rule: 'position-limit', limit: '30 % in a name', params: '{max: 0.3}', verdict: 'resize' })

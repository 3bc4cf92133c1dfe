import { provesRule } from './prove.js'

provesRule({ rule: 'restricted-list', limit: 'BRAVO is not bought', params: '{no_buy: [BRAVO]}', verdict: 'reject' })

import { describe, expect, it } from 'vitest'
import { keepComparing } from '#daemon/wired/comparison.js'
import { silentLog } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import { CORE, OTHER } from '../../runtime/fixtures.js'

describe('a comparison that fails', () => {
  it.each([
    ['a gateway that does not answer', new Fault('TIMEOUT', 'no answer', 'ask-first'), 'debug'],
    ['a fault that does not pass', new Fault('CURRENCY_MISMATCH', 'not ours', 'never'), 'error'],
    ['a bug', new RangeError('ours'), 'error'],
  ])('of %s is logged for what it is, and the next portfolio is compared', async (_, failure, level) => {
    const stop = new AbortController()
    const said: string[] = []
    const log = { ...silentLog, debug: () => void said.push('debug'), error: () => void said.push('error') }
    const engine = {
      portfolios: [CORE, OTHER],
      isReady: () => true,
      reconcile: (portfolio: string) => {
        if (portfolio === OTHER) stop.abort()
        return Promise.reject(failure)
      },
    }
    await keepComparing({ engine, log, signal: stop.signal, everyMs: 1 })
    expect(said).toEqual([level, level])
  })
})

import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '#adapters/clock/system.js'
import { skewMs, watchGateways } from '#daemon/wired/gateway-watch.js'
import { FULL_SUPPORT } from '#domain/gateway-support.js'
import type { GatewayAccount } from '#ports/gateway.js'
import { silentLog } from '#ports/log.js'
import { Fault } from '#units/fault.js'
import { portfolioId } from '#units/ids.js'
import { later } from '#units/time.js'
import { until } from '../../../contract/gateway-parts.js'

const clock = systemClock()

function watched(answer: () => Promise<GatewayAccount>) {
  const watch = watchGateways({
    gateway: { account: answer },
    portfolios: [{ id: portfolioId('core'), gateway: 'paper' }],
    clock,
    log: silentLog,
    everyMs: 5,
    maxSkewMs: 1_000,
  })
  onTestFinished(() => watch.close())
  return watch
}
const account = (offsetMs = 0): GatewayAccount => ({
  mode: 'paper',
  currency: 'USD',
  at: later(clock.now(), offsetMs),
  supports: FULL_SUPPORT,
})

describe('a watched gateway', () => {
  it('is in trouble until it has answered', async () => {
    const watch = watched(async () => account())
    expect(watch.health().paper).toEqual({ trouble: 'has not answered yet', ageMs: null })
    await until(() => watch.health().paper?.trouble === null)
    expect(watch.health().paper?.ageMs).toBeGreaterThanOrEqual(0)
  })

  it('is in trouble while it does not answer, and well again when it does', async () => {
    let silent = false
    const watch = watched(async () => {
      if (silent) throw new Fault('TIMEOUT', 'no answer within 2000 ms', 'ask-first')
      return account()
    })
    await until(() => watch.health().paper?.trouble === null)
    silent = true
    await until(() => watch.health().paper?.trouble === 'no answer within 2000 ms')
    expect(watch.health().paper?.ageMs).not.toBeNull()
    silent = false
    await until(() => watch.health().paper?.trouble === null)
  })

  it.each([-5_000, 5_000])('is in trouble when its clock is %d ms off', async (offset) => {
    const watch = watched(async () => account(offset))
    await until(() => watch.health().paper?.trouble?.startsWith('its clock is') === true)
    expect(watch.health().paper?.trouble).toMatch(/^its clock is (4\.9|5\.0) s away from ours \(limit 1 s\)$/)
  })
})

describe('clock skew', () => {
  it.each([
    [100, 100, 100, 0],
    [100, 150, 200, 0],
    [100, 90, 200, 10],
    [100, 230, 200, 30],
  ])('asked at %d, they say %d, answered at %d: %d ms', (asked, theirs, answered, skew) => {
    expect(skewMs(asked, theirs, answered)).toBe(skew)
  })
})

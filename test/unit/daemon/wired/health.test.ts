import { describe, expect, it } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { heldBackBy, type Vitals } from '#daemon/wired/health.js'

const well: Vitals = {
  bus: memoryBus(),
  feedAgeMs: () => 10,
  feedCurrent: () => true,
  silentAfterMs: 60_000,
  skewMs: () => ({ wall: 0, feed: null }),
  maxSkewMs: 1_000,
  gateways: null,
  conducted: false,
  disk: { freeBytes: () => 10, close: () => undefined } as never,
  softFreeBytes: 10,
}

describe('what holds new runs back', () => {
  it('is nothing while all is well', () => {
    expect(heldBackBy(well)).toBeNull()
    expect(heldBackBy({ ...well, skewMs: () => ({ wall: 1_000, feed: -1_000 }) })).toBeNull()
  })

  it.each([
    ['the machine set forward', { wall: 3_600_000, feed: 0 }, /machine's clock was set: 3600\.0 s away/],
    ['the machine set back', { wall: -1_500, feed: 0 }, /machine's clock was set: 1\.5 s away/],
    ['a feed ahead', { wall: 0, feed: 2_000 }, /feed's clock is 2\.0 s away/],
    ['a feed behind', { wall: 0, feed: -2_000 }, /feed's clock is 2\.0 s away/],
  ])('is a clock that is off: %s', (_name, skew, reason) => {
    expect(heldBackBy({ ...well, skewMs: () => skew })).toMatch(reason)
    expect(heldBackBy({ ...well, conducted: true, skewMs: () => skew })).toBeNull()
  })

  it('is a disk below its soft mark, not one at it', () => {
    expect(heldBackBy({ ...well, disk: { freeBytes: () => 9, close: () => undefined } as never })).toMatch(
      /free on the/,
    )
  })

  it('is a feed that is silent, behind or was never heard', () => {
    expect(heldBackBy({ ...well, feedAgeMs: () => 60_001 })).toBe('market data is silent')
    expect(heldBackBy({ ...well, feedCurrent: () => false })).toMatch(/behind its feed/)
    expect(heldBackBy({ ...well, feedAgeMs: () => null })).toMatch(/no market data/)
  })
})

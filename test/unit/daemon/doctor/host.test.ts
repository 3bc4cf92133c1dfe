import { describe, expect, it } from 'vitest'
import { judgeAddon, judgeDisk, judgeNode, judgeSync, judgeTime, median } from '#daemon/doctor/host.js'

describe('the doctor on Node.js', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['20.18.3', 'FAIL'],
    ['22.0.0', 'ok'],
    ['18.20.1', 'FAIL'],
    ['19.99.0', 'FAIL'],
  ])('%s is %s', (version, status) => {
    expect(judgeNode(version).status).toBe(status)
  })
})

describe('the doctor on the addon', () => {
  it('takes one of the same version, and looks twice at another', () => {
    const reading = { backend: 'cpu', version: '1.2.0', cuda: 'none' }
    expect(judgeAddon(reading, '1.2.0')).toMatchObject({ status: 'ok', detail: 'backend cpu 1.2.0, CUDA none' })
    expect(judgeAddon(reading, '1.3.0')).toMatchObject({
      status: 'warn',
      detail: 'built for 1.2.0, the program is 1.3.0',
      hint: expect.stringContaining('npm run setup'),
    })
  })

  it('says what to run when there is none, once', () => {
    const { status, detail, hint } = judgeAddon({ trouble: 'it is missing; run npm run setup' }, '1.2.0')
    expect([status, detail]).toEqual(['FAIL', 'it is missing'])
    expect(hint).toContain('npm run setup')
  })
})

describe('the doctor on time', () => {
  const well = { now: Date.parse('2026-03-01T00:00:00Z'), newYork: [7, 8], zoneData: '2025b' } as const

  it('believes a plausible year with zones that know daylight time', () => {
    expect(judgeTime(well)).toMatchObject({ status: 'ok', detail: '2026-03-01T00:00:00.000Z, zone data 2025b' })
  })

  it.each([
    ['1970', 0],
    ['2101', Date.parse('2101-01-01T00:00:00Z')],
  ])('fails a clock in %s', (year, now) => {
    expect(judgeTime({ ...well, now })).toMatchObject({ status: 'FAIL', detail: `the clock shows the year ${year}` })
  })

  it.each([null, [7, 7], [12, 12]] as const)('fails zones that answer %j', (newYork) => {
    expect(judgeTime({ ...well, newYork })).toMatchObject({ status: 'FAIL' })
  })
})

describe('the doctor on room', () => {
  const GIB = 2 ** 30

  it.each([
    [GIB - 1, GIB, 'FAIL'],
    [GIB, GIB, 'warn'],
    [2 * GIB - 1, GIB, 'warn'],
    [2 * GIB, GIB, 'ok'],
    [0, 0, 'ok'],
  ])('%d free of %d wanted is %s', (free, wanted, status) => {
    expect(judgeDisk(free, wanted).status).toBe(status)
  })

  it('names both figures and the key to change', () => {
    expect(judgeDisk(1000, GIB).detail).toBe(
      '1000 bytes free, less than state.soft_free_bytes (1.0 GiB): no new run begins',
    )
  })
})

describe('the doctor on the disk', () => {
  it('takes a median of 20 ms and warns above it, whatever a single slow one took', () => {
    expect(judgeSync([1, 20, 900])).toMatchObject({
      status: 'ok',
      detail: 'fdatasync p50 20.00 ms, slowest 900.00 ms of 3',
    })
    expect(judgeSync([1, 20.1, 21])).toMatchObject({ status: 'warn' })
  })

  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 2, 3], 2.5],
    [[7], 7],
  ])('takes the middle of %j as %d', (values, middle) => {
    expect(median(values)).toBe(middle)
  })
})

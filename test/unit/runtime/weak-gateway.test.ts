import { describe, expect, it } from 'vitest'
import { FULL_SUPPORT } from '#domain/gateway-support.js'
import { orderFor, until } from '../../contract/gateway-parts.js'
import { CORE } from './fixtures.js'
import { trading } from './trading.js'

describe('a gateway that would take an order twice', () => {
  const config = { supports: { ...FULL_SUPPORT, idempotent: false } }

  it('really does, when it is not asked', async () => {
    const { wired } = await trading(config)
    for (let times = 0; times < 2; times += 1) {
      await wired.venue.submit(orderFor(1), 1)
      wired.clock.advance(8_000)
      await until(() => wired.venue.idle())
    }
    expect(wired.venue.acceptances().map(({ times }) => times)).toEqual([2])
    expect(
      (await wired.venue.holdings(orderFor(1).body.portfolio)).positions[orderFor(1).body.instrument]!.toFixed(),
    ).toBe('60')
  })

  it('is asked before anything is sent again, by the next process too', async () => {
    for (const crash of [false, true]) {
      const { wired, world, calls, order, pulse, pass, restart, state } = await trading(config)
      world.deaf = true
      await pulse()
      expect(order().status).toBe('unknown')
      world.deaf = false
      if (crash) await restart()
      await pass(10_000)
      expect(order().status).toBe('filled')
      expect(wired.venue.acceptances().map(({ times }) => times)).toEqual([1])
      expect(calls.filter((call) => call === 'submit')).toHaveLength(1)
      expect(state().value.permission).toBe('active')
    }
  })

  it('is sent the order again once it says that it has not seen it', async () => {
    const { wired, world, calls, order, pulse, pass } = await trading(config)
    world.losing = true
    await pulse()
    world.losing = false
    await pass(10_000)
    expect(order()).toMatchObject({ status: 'filled', sends: 2 })
    expect(calls.filter((call) => call === 'submit' || call === 'query').slice(0, 3)).toEqual([
      'submit',
      'query',
      'submit',
    ])
    expect(wired.venue.acceptances().map(({ times }) => times)).toEqual([1])
  })
})

describe('a gateway that promises never to take nothing', () => {
  const config = { supports: { ...FULL_SUPPORT, tombstones: false } }

  it('leaves an order unknown that it has not seen, until the day is over', async () => {
    const { world, calls, order, pulse, pass, state } = await trading(config)
    world.losing = true
    await pulse()
    await pass(120_000, 10_000)
    expect(order().status).toMatch(/^(unknown|cancelling)$/)
    expect(state().value.lifecycle).not.toBe('watching')
    await pass(25 * 3_600_000, 15 * 60_000)
    expect(order()).toMatchObject({ status: 'expired', reason: 'its day is over and the gateway has never seen it' })
    expect(state().value.lifecycle).toBe('watching')
    expect(calls).not.toContain('never')
    expect(state().context.book.reservations).toEqual({})
  })

  it('ends an order that it has seen by its word on it', async () => {
    const { world, order, pulse, pass, calls } = await trading(config)
    world.deaf = true
    await pulse()
    expect(order().status).toBe('unknown')
    world.deaf = false
    await pass(10_000)
    expect(order().status).toBe('filled')
    expect(calls).not.toContain('never')
  })
})

describe('a gateway that does not list its executions', () => {
  const config = { supports: { ...FULL_SUPPORT, replay: false } }

  it('is compared by positions, fees and cash', async () => {
    const { wired, calls, pulse, pass, reconcile, state } = await trading(config)
    await pulse()
    await pass(9_000)
    expect((await reconcile()).breaks).toEqual([])
    expect(state().context.book.tally.fills).toBeGreaterThan(0)
    expect(calls).not.toContain('executions')
    // Somebody trades the account by hand, and the report of it is lost.
    wired.venue.connect({ execution: async () => undefined, order: async () => undefined, bust: async () => undefined })
    const { epoch } = state().context
    await wired.venue.submit(orderFor(1, { portfolio: CORE, notAfter: (wired.clock.now() + 60_000) as never }), epoch)
    wired.clock.advance(8_000)
    await until(() => wired.venue.idle())
    const { breaks } = await reconcile()
    expect(breaks.map(({ kind }) => kind)).toEqual(['position', 'cash'])
    expect(state().value.permission).toBe('halted')
  })
})

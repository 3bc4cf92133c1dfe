import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { sealJournal } from '#daemon/sealing.js'
import type { Order } from '#domain/order.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import { silentLog } from '#ports/log.js'
import { Host } from '#runtime/host.js'
import { Traffic } from '#runtime/traffic.js'
import { instrumentId, orderId, type PortfolioId } from '#units/ids.js'
import type { Approved } from '#units/proof.js'
import { DAY_MS, HOUR_MS, type Instant, later, MINUTE_MS } from '#units/time.js'
import { SESSION, START, targets, viewAt } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { answering, CORE, created, deposit, executionOf, OTHER } from './fixtures.js'

const COUNTING: Partial<PortfolioPolicy> = {
  governance: [{ name: 'order-rate', params: { maxValuePerDay: 1000, maxOrder: 10 } }],
}

function opened(dir: string) {
  const journal = openJournal({ dir })
  const clock = virtualClock(START)
  const host: Host = new Host({
    ...{ journal, clock, log: silentLog, onDurable: () => undefined },
    traffic: new Traffic(journal, (id) => host.snapshot(id)?.context.policy),
    onFatal: (error) => expect.fail(String(error)),
  })
  return { host, journal, clock }
}

/** A portfolio that is ready to run with 100,000. */
async function ready(host: Host, id: PortfolioId, changes: Partial<PortfolioPolicy>): Promise<void> {
  for (const fact of [
    created(id, changes),
    { type: 'opened', epoch: 1 },
    { type: 'reconciled', decision: 'resume', reason: '' },
    deposit('100000'),
  ] as const)
    await host.deliver(id, fact, 'test')
}

/** Runs it as far as its buys of 50,000 of AAA and 40,000 of BBB. */
async function buy(host: Host, id: PortfolioId, at = START): Promise<void> {
  const view = viewAt(at)
  const trigger = { kind: 'manual', at, session: SESSION, why: 'test', evidence: {} } as const
  await host.deliver(id, { type: 'triggered', trigger, view }, 'test')
  const request = host.snapshot(id)!.context.run!.id
  const answer = targets({ AAA: 0.5, BBB: 0.4 })
  await host.deliver(id, { type: 'solved', request, answer, view }, 'test', answering(`solve:${request}`))
  await host.deliver(id, { type: 'observed', request: `${request}.1`, view }, 'test', answering(`observe:${request}.1`))
}

/** Fills what it has sent as wished, so that its run is over. */
async function fill(host: Host, id: PortfolioId): Promise<void> {
  const { id: run, orders } = host.snapshot(id)!.context.run!
  for (const { id: orderId, body } of Object.values(orders)) {
    const { instrument, quantity } = body
    const execution = executionOf(`${id}-${instrument}`, { orderId, instrument, quantity })
    const news = { kind: 'accepted' } as const
    await host.deliver(id, { type: 'orderNews', orderId, news }, 'test', answering(`submit:${orderId}`))
    await host.deliver(id, { type: 'filled', execution }, 'test')
  }
  const look = { type: 'observed', request: `${run}.2`, view: viewAt(START) } as const
  await host.deliver(id, look, 'test', answering(`observe:${run}.2`))
}

const sentIn = (event: PortfolioEvent | undefined) => (event !== undefined && 'sent' in event ? event.sent : undefined)
const deciding = (journal: ReturnType<typeof openJournal>, id: PortfolioId) =>
  journal
    .entries(id, 1, 1000)
    .map(({ event }) => event)
    .filter(({ type }) => ['triggered', 'solved', 'observed'].includes(type))

describe('what has been sent', () => {
  it('stands in the events a counting portfolio decides on, of itself and of all, and in no other', async () => {
    const { host, journal } = opened(tempDir())
    await ready(host, CORE, {})
    await ready(host, OTHER, COUNTING)
    await buy(host, CORE)
    await buy(host, OTHER)
    expect(deciding(journal, CORE).some((event) => 'sent' in event)).toBe(false)
    const [triggered, , observed] = deciding(journal, OTHER)
    expect(sentIn(triggered)).toMatchObject({ orders: { own: 0, firm: 2 } })
    expect(sentIn(triggered)!.value.firm.toFixed()).toBe('90000')
    expect(sentIn(triggered)!.names[instrumentId('AAA')]!.toFixed()).toBe('50000')
    expect(sentIn(observed)!.value.own.toFixed()).toBe('0')
    await host.stop()
    await journal.close()
  })

  it('knows of what was decided a moment before and is not on disk yet', async () => {
    const { host, journal } = opened(tempDir())
    for (const id of [CORE, OTHER]) await ready(host, id, COUNTING)
    await Promise.all([buy(host, CORE), buy(host, OTHER)])
    const last = [CORE, OTHER].map((id) => sentIn(deciding(journal, id).at(-1))!.orders.firm)
    expect(last.sort()).toEqual([0, 2])
    await host.stop()
    await journal.close()
  })

  it('is read from the journal by the next process, and forgotten after a minute and a day', async () => {
    const dir = tempDir()
    const first = opened(dir)
    await ready(first.host, CORE, {})
    await ready(first.host, OTHER, COUNTING)
    await buy(first.host, CORE)
    await first.host.stop()
    await first.journal.close()
    for (const [ms, orders, value] of [
      [MINUTE_MS - 1, 2, '90000'],
      [MINUTE_MS, 0, '90000'],
      [DAY_MS, 0, '0'],
    ] as const) {
      const { host, journal, clock } = opened(dir)
      clock.advanceTo(later(START, ms))
      const { policy } = host.snapshot(OTHER)!.context
      const { sent } = new Traffic(journal, (id) => host.snapshot(id)?.context.policy).complete(
        OTHER,
        { type: 'observed', request: 'R-1.1', view: viewAt(START) },
        clock.now(),
      ) as { sent: { orders: { firm: number }; value: { firm: { toFixed(): string } } } }
      expect([sent.orders.firm, sent.value.firm.toFixed(), policy.id]).toEqual([orders, value, OTHER])
      await host.stop()
      await journal.close()
    }
  })

  it('is counted in full by who asks again after the journal could not be read, and by a start that reads it', async () => {
    const dir = tempDir()
    const first = opened(dir)
    await ready(first.host, CORE, {})
    await ready(first.host, OTHER, COUNTING)
    for (const id of [CORE, OTHER]) await buy(first.host, id)
    await first.host.stop()
    await first.journal.close()
    const { host, journal } = opened(dir)
    const policyOf = (id: PortfolioId) => host.snapshot(id)?.context.policy
    const world = { reads: 0, broken: OTHER as PortfolioId | null }
    const watched = {
      ...journal,
      entries: (...asked: Parameters<typeof journal.entries>) => {
        world.reads += 1
        if (asked[0] === world.broken) throw new Error('cannot be read')
        return journal.entries(...asked)
      },
    }
    const { policy } = host.snapshot(OTHER)!.context
    const figures = ({ orders, value }: ReturnType<Traffic['sent']>) => [orders.firm, value.firm.toFixed()]
    const torn = new Traffic(watched, policyOf)
    expect(() => torn.sent(policy, START)).toThrow('cannot be read')
    expect(() => torn.sent(policy, START)).toThrow('cannot be read')
    await expect(torn.begin(START)).rejects.toThrow('cannot be read')
    world.broken = null
    expect(figures(torn.sent(policy, START))).toEqual([4, '180000'])
    const begun = new Traffic(watched, policyOf)
    await begun.begin(START)
    world.reads = 0
    expect(figures(begun.sent(policy, START))).toEqual([4, '180000'])
    expect(world.reads).toBe(0)
    // Nobody counts: nobody reads.
    await new Traffic(watched, (id) => ({ ...policyOf(id)!, governance: [] })).begin(START)
    expect(world.reads).toBe(0)
    await host.stop()
    await journal.close()
  })

  it('is the same for who asks of another time before, and remembers no more than two days and a minute', async () => {
    const dir = tempDir()
    const { host, journal } = opened(dir)
    await ready(host, CORE, COUNTING)
    await buy(host, CORE)
    const { policy } = host.snapshot(CORE)!.context
    const traffic = new Traffic(journal, (id) => host.snapshot(id)?.context.policy)
    const firm = (at: Instant) => {
      const { orders, value } = traffic.sent(policy, at)
      return [orders.firm, value.firm.toFixed()]
    }
    expect(firm(later(START, 3 * DAY_MS))).toEqual([0, '0'])
    expect(firm(START)).toEqual([2, '90000'])
    expect(firm(later(START, MINUTE_MS))).toEqual([0, '90000'])
    expect(firm(START)).toEqual([2, '90000'])
    const [order] = Object.values(host.snapshot(CORE)!.context.run!.orders)
    const note = (days: number) => {
      const sent = { ...order!, id: orderId(`${'A'.repeat(25)}${2 + days}`), intendedAt: later(START, days * DAY_MS) }
      traffic.note({ portfolio: CORE, effects: [{ type: 'submit', order: sent as Approved<Order> }] })
    }
    for (const days of [1, 1, 2, 3, 3]) note(days)
    const day = (days: number) => firm(later(START, days * DAY_MS))
    expect([day(3), day(2)]).toEqual([
      [1, '50000'],
      [1, '50000'],
    ])
    expect(day(1)[1]).toBe('0')
    await host.stop()
    await journal.close()
  })

  it('stays in a journal that is sealed while it counts, and goes once a later day has begun', async () => {
    const dir = tempDir()
    const live = async (at: Instant, live: (host: Host) => Promise<void>) => {
      const { host, journal, clock } = opened(join(dir, 'journal'))
      clock.advanceTo(at)
      await live(host)
      const { policy } = host.snapshot(OTHER)!.context
      const found = new Traffic(journal, (id) => host.snapshot(id)?.context.policy).sent(policy, at)
      await host.stop()
      await journal.close()
      return [found.orders.firm, found.value.firm.toFixed(), found.value.own.toFixed()]
    }
    const seal = () =>
      sealJournal({
        dir: join(dir, 'journal'),
        to: join(dir, 'segments'),
        portfolio: null,
        until: { keep: 0 },
        dryRun: false,
      })
    await live(START, async (host) => {
      await ready(host, CORE, {})
      await ready(host, OTHER, COUNTING)
      for (const id of [CORE, OTHER]) {
        await buy(host, id)
        await fill(host, id)
        expect(host.snapshot(id)!.context.run!.status).toBe('COMPLETED')
      }
    })
    const deposits = async (host: Host) => {
      for (const id of [CORE, OTHER]) for (const amount of ['1', '2']) await host.deliver(id, deposit(amount), 'test')
    }
    for (const minutes of [1, 2]) await live(later(START, minutes * MINUTE_MS), deposits)
    const last = expect.stringContaining('sent an order of the journal’s last day')
    expect(await seal()).toMatchObject([CORE, OTHER].map((portfolio) => ({ portfolio, to: 6, held: last })))
    expect(await live(later(START, HOUR_MS), async () => undefined)).toEqual([0, '180000', '90000'])
    for (const days of [1, 2]) await live(later(START, days * DAY_MS), deposits)
    for (const { to } of await seal()) expect(to).toBeGreaterThan(10)
    expect(await live(later(START, 2 * DAY_MS), async () => undefined)).toEqual([0, '0', '0'])
  })
})

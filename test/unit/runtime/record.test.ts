import { describe, expect, it } from 'vitest'
import { orderTimer } from '#domain/order-life.js'
import { runId } from '#units/ids.js'
import { later } from '#units/time.js'
import { START } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { answering, buying, CORE, created, deposit, executionOf, openHost } from './fixtures.js'

const rowsOf = ({ journal }: ReturnType<typeof openHost>) => {
  const { outbox, timers } = journal.recover(CORE)
  return { outbox: outbox.map((row) => row.key).sort(), timers: timers.map((row) => row.timer).sort() }
}

describe('what a step writes', () => {
  it('keeps requests in the outbox until the event that answers them', async () => {
    const hosted = openHost(tempDir())
    const orders = await buying(hosted.host)
    const [first = '', second = ''] = orders.map((order) => String(order.id)).sort()
    expect(rowsOf(hosted)).toEqual({
      outbox: [`submit:${first}`, `submit:${second}`],
      timers: ['fills:R-1', `order:${first}`, `order:${second}`],
    })
    const stored = hosted.journal.recover(CORE)
    expect(stored.timers.find((row) => row.timer === 'fills:R-1')?.at).toBe(later(START, 60_000))
    const order = orders.find(({ id }) => id === first)!
    await hosted.host.deliver(
      CORE,
      { type: 'orderNews', orderId: order.id, news: { kind: 'accepted' } },
      order.id,
      answering(`submit:${first}`),
    )
    expect(rowsOf(hosted)).toEqual({ outbox: [`submit:${second}`], timers: ['fills:R-1', `order:${second}`] })
    await hosted.journal.close()
  })

  it('takes a timer that fired off the disk, and keeps one that its step scheduled again', async () => {
    const hosted = openHost(tempDir())
    const [order] = await buying(hosted.host)
    await hosted.host.deliver(CORE, { type: 'timedOut', timer: 'fills:R-1' }, 'timer')
    expect(rowsOf(hosted).timers).not.toContain('fills:R-1')
    const timer = orderTimer(order!)
    await hosted.host.deliver(CORE, { type: 'timedOut', timer }, timer)
    const row = hosted.journal.recover(CORE).timers.find((kept) => kept.timer === timer)
    expect(row?.at).toBe(later(START, 1_000))
    await hosted.host.deliver(CORE, { type: 'timedOut', timer: 'nothing' }, 'timer')
    await hosted.journal.close()
  })

  it('takes a submit back once its order has moved on, so that a restart does not send it', async () => {
    const dir = tempDir()
    const hosted = openHost(dir)
    const orders = await buying(hosted.host)
    await hosted.host.deliver(CORE, { type: 'permitted', to: 'halted', reason: 'kill', actor: 'op' }, 'op')
    const cancels = orders.map(({ id }) => `cancel:${id}`).sort()
    expect(rowsOf(hosted).outbox).toEqual(cancels)
    await hosted.journal.close()
  })

  it('saves the state at creation, every 256 entries and at the end of a run, and indexes runs and executions', async () => {
    const hosted = openHost(tempDir())
    const orders = await buying(hosted.host)
    for (const [n, order] of orders.entries()) {
      const execution = executionOf(`x${n}`, {
        orderId: order.id,
        instrument: order.body.instrument,
        quantity: order.body.quantity,
      })
      await hosted.host.deliver(CORE, { type: 'filled', execution }, order.id)
    }
    const saved = (): readonly number[] =>
      hosted.batches.flat().flatMap((commit) => (commit.snapshot === null ? [] : [commit.snapshot.seq]))
    expect(saved()).toEqual([1])
    expect(hosted.journal.run(CORE, runId(1))?.status).toBe('BUYING')
    expect(hosted.journal.executions(CORE).map((row) => row.id)).toEqual(['x0', 'x1'])
    await hosted.host.deliver(CORE, { type: 'timedOut', timer: 'fills:R-1' }, 'timer')
    expect(hosted.journal.run(CORE, runId(1))?.status).toBe('COMPLETED')
    expect(saved()).toEqual([1, 10])
    await hosted.journal.close()
  })

  it('writes the run once for each phase, not for each event', async () => {
    const hosted = openHost(tempDir())
    await buying(hosted.host)
    const before = hosted.batches.flat().filter((commit) => commit.run !== null).length
    await hosted.host.deliver(CORE, deposit(), 'x')
    expect(hosted.batches.flat().filter((commit) => commit.run !== null)).toHaveLength(before)
    await hosted.host.deliver(CORE, created(CORE), 'x')
    await hosted.journal.close()
  })
})

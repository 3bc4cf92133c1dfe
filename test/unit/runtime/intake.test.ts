import { describe, expect, it } from 'vitest'
import type { Bust } from '#domain/book/events.js'
import { intake } from '#runtime/intake.js'
import { encode } from '#units/canonical.js'
import { executionId, orderId, portfolioId } from '#units/ids.js'
import { money, quantity } from '#units/money.js'
import { START } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { buying, CORE, created, executionOf, impossible, OTHER, openHost } from './fixtures.js'

async function taking(dir = tempDir()) {
  const hosted = openHost(dir)
  await hosted.host.deliver(CORE, created(CORE), 'config')
  await hosted.host.deliver(OTHER, created(OTHER), 'config')
  return { ...hosted, sink: intake(hosted.host, hosted.journal) }
}
const events = (hosted: Awaited<ReturnType<typeof taking>>, id = CORE) =>
  hosted.journal.entries(id, 2, 100).map(({ event }) => event.type)

describe('intake of executions', () => {
  it('books one once however often it is reported, at the same time or later, and answers each time', async () => {
    const hosted = await taking()
    const execution = executionOf('x1')
    await Promise.all([1, 2, 3].map(() => hosted.sink.execution(CORE, execution)))
    await hosted.sink.execution(CORE, { ...execution, quantity: quantity('2.0') })
    expect(events(hosted)).toEqual(['filled'])
    expect(hosted.host.snapshot(CORE)!.context.book.tally.fills).toBe(1)
    await hosted.journal.close()
  })

  it('answers only once it is on disk', async () => {
    const hosted = await taking()
    await hosted.sink.execution(CORE, executionOf('x1'))
    expect(hosted.journal.inbox(CORE, 'exec:x1')).toMatch(/^[0-9a-f]{64}$/)
    expect(hosted.journal.executions(CORE)).toHaveLength(1)
    await hosted.journal.close()
  })

  it('leaves what belongs to a portfolio of another journal, or of another process by now, to its owner', async () => {
    const hosted = await taking()
    const unknown = { code: 'UNKNOWN_PORTFOLIO', retry: 'safe' }
    const stranger = portfolioId('stranger')
    await expect(hosted.sink.execution(stranger, executionOf('x1'))).rejects.toMatchObject(unknown)
    const report = { orderId: executionOf('x1').orderId, status: 'filled' as const, reason: '', at: START }
    await expect(hosted.sink.order(stranger, { ...report, cumulative: quantity('1') })).rejects.toMatchObject(unknown)
    expect(hosted.host.snapshot(stranger)).toBeUndefined()
    const lost = intake(hosted.host, hosted.journal, new Set([CORE]))
    await expect(lost.execution(CORE, executionOf('x1'))).rejects.toMatchObject({ code: 'FENCED', retry: 'safe' })
    expect(events(hosted)).toEqual([])
    await hosted.journal.close()
  })

  it('remembers what it booked across a restart', async () => {
    const dir = tempDir()
    const first = await taking(dir)
    await first.sink.execution(CORE, executionOf('x1'))
    await first.journal.close()
    const second = openHost(dir)
    await intake(second.host, second.journal).execution(CORE, executionOf('x1'))
    expect(second.journal.head(CORE).seq).toBe(2)
    await second.journal.close()
  })

  it('halts the portfolio when an id comes again with other content, later or while the first is being written', async () => {
    for (const together of [false, true]) {
      const hosted = await taking()
      const first = hosted.sink.execution(CORE, executionOf('x1'))
      if (!together) await first
      await Promise.all([first, hosted.sink.execution(CORE, executionOf('x1', { fee: money('0.01') }))])
      expect(events(hosted)).toEqual(['filled', 'conflicted'])
      expect(hosted.host.snapshot(CORE)!.value.permission).toBe('halted')
      expect(hosted.host.snapshot(CORE)!.context.book.tally.fills).toBe(1)
      expect(hosted.host.snapshot(OTHER)!.value.permission).toBe('active')
      await hosted.journal.close()
    }
  })

  it('keeps the ids of two portfolios apart', async () => {
    const hosted = await taking()
    await hosted.sink.execution(CORE, executionOf('x1'))
    await hosted.sink.execution(OTHER, executionOf('x1', { fee: money('1') }))
    expect([events(hosted, CORE), events(hosted, OTHER)]).toEqual([['filled'], ['filled']])
    await hosted.journal.close()
  })

  it('does not take what could not be booked: the gateway keeps it', async () => {
    const hosted = await taking()
    const bad = impossible()
    if (bad.type !== 'filled') throw new Error('not a fill')
    await expect(hosted.sink.execution(CORE, bad.execution)).rejects.toThrow('not a finite')
    await hosted.host.stop()
    expect(hosted.journal.inbox(CORE, 'exec:bad')).toBeUndefined()
    await hosted.journal.close()
  })
})

describe('intake of executions taken back', () => {
  const bustOf = (id: string): Bust => {
    const { orderId } = executionOf(id)
    return { executionId: executionId(id), orderId, reason: 'erroneous', at: START }
  }
  const bookOf = (hosted: Awaited<ReturnType<typeof taking>>) => encode(hosted.host.snapshot(CORE)!.context.book)

  it('undoes one booked before, once however often it is told, also at the same time as the fill', async () => {
    for (const together of [false, true]) {
      const hosted = await taking()
      const empty = bookOf(hosted)
      const fill = hosted.sink.execution(CORE, executionOf('x1', { fee: money('0.07') }))
      if (!together) await fill
      await Promise.all([fill, hosted.sink.bust(CORE, bustOf('x1')), hosted.sink.bust(CORE, bustOf('x1'))])
      await hosted.sink.bust(CORE, { ...bustOf('x1'), reason: 'said again in other words' })
      expect(events(hosted)).toEqual(['filled', 'busted'])
      expect(bookOf(hosted)).toBe(empty)
      await hosted.sink.execution(CORE, executionOf('x1', { fee: money('0.07') }))
      expect(events(hosted)).toEqual(['filled', 'busted'])
      await hosted.journal.close()
    }
  })

  it('remembers one that comes before its execution, across a restart, and books neither', async () => {
    const dir = tempDir()
    const first = await taking(dir)
    const empty = bookOf(first)
    await first.sink.bust(CORE, bustOf('x1'))
    await first.journal.close()
    const second = openHost(dir)
    const sink = intake(second.host, second.journal)
    await sink.execution(CORE, executionOf('x1'))
    await sink.execution(CORE, executionOf('x2'))
    expect(second.journal.entries(CORE, 2, 100).map(({ event }) => event.type)).toEqual(['busted', 'filled', 'filled'])
    const { book, corrections } = second.host.snapshot(CORE)!.context
    expect(corrections).toEqual({ busted: ['x1'], awaited: [] })
    expect(book.tally.fills).toBe(1)
    await sink.bust(CORE, bustOf('x2'))
    expect(encode(second.host.snapshot(CORE)!.context.book)).toBe(empty)
    await second.journal.close()
  })

  it('keeps the fills that come meanwhile waiting: their lots are right', async () => {
    const hosted = await taking()
    await hosted.sink.execution(CORE, executionOf('x1'))
    const sale = executionOf('x2', { side: 'sell', quantity: quantity('1') })
    await Promise.all([hosted.sink.bust(CORE, bustOf('x1')), hosted.sink.execution(CORE, sale)])
    expect(events(hosted)).toEqual(['filled', 'busted', 'filled'])
    const { positions } = hosted.host.snapshot(CORE)!.context.book
    expect(positions[sale.instrument]!.lots.map((lot) => lot.quantity.toFixed())).toEqual(['-1'])
    // A holding has become a short that nobody meant: nothing more is bought.
    expect(hosted.host.snapshot(CORE)!.value.permission).toBe('active')
    await hosted.journal.close()
  })

  it('lets a portfolio only reduce once what was sold since is not covered any more', async () => {
    const hosted = await taking()
    await hosted.sink.execution(CORE, executionOf('x1'))
    await hosted.sink.execution(CORE, executionOf('x2', { side: 'sell', quantity: quantity('1') }))
    await hosted.sink.bust(CORE, bustOf('x1'))
    const { value, context } = hosted.host.snapshot(CORE)!
    expect(value.permission).toBe('reducing')
    expect(context.permissionReason).toMatch(/^execution x1 was taken back/)
    expect(hosted.host.snapshot(OTHER)!.value.permission).toBe('active')
    await hosted.journal.close()
  })

  it('refuses for good one that names another order, and for now one too many of nothing booked', async () => {
    const hosted = await taking()
    await hosted.sink.execution(CORE, executionOf('x1'))
    const wrong = { ...bustOf('x1'), orderId: orderId('Z'.repeat(26)) }
    await expect(hosted.sink.bust(CORE, wrong)).rejects.toMatchObject({ code: 'BAD_BUST', retry: 'never' })
    for (let n = 0; n < 100; n += 1) await hosted.sink.bust(CORE, bustOf(`unheard-${n}`))
    const full = { code: 'BUSTS_AWAITED', retry: 'safe' }
    await expect(hosted.sink.bust(CORE, bustOf('unheard-100'))).rejects.toMatchObject(full)
    await hosted.sink.execution(CORE, executionOf('unheard-7'))
    await hosted.sink.bust(CORE, bustOf('unheard-100'))
    expect(hosted.host.snapshot(CORE)!.context.book.tally.fills).toBe(1)
    await hosted.journal.close()
  })
})

describe('intake of order reports', () => {
  it('hands them to their order', async () => {
    const hosted = openHost(tempDir())
    const [order] = await buying(hosted.host)
    const report = {
      orderId: order!.id,
      status: 'rejected',
      cumulative: quantity('0'),
      reason: 'no',
      at: order!.intendedAt,
    } as const
    await intake(hosted.host, hosted.journal).order(CORE, report)
    expect(hosted.host.snapshot(CORE)!.context.run!.orders[order!.id]).toMatchObject({
      status: 'rejected',
      reason: 'no',
    })
    await hosted.journal.close()
  })
})

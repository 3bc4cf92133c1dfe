import { describe, expect, it } from 'vitest'
import { assertBook } from '#domain/book/invariants.js'
import type { Gateway, Holdings } from '#ports/gateway.js'
import { intake } from '#runtime/intake.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import { executionId, instrumentId } from '#units/ids.js'
import { minus, money, plus, quantity } from '#units/money.js'
import { until } from '../../contract/gateway-parts.js'
import { START } from '../../machine/fixtures.js'
import { CORE } from './fixtures.js'
import { trading } from './trading.js'

const AAA = instrumentId('AAA')
const BBB = instrumentId('BBB')

/** A portfolio that has traded, whose gateway then says it holds something else and has lost an execution. */
async function differing() {
  const world = await trading()
  await world.pulse()
  await world.pass(9_000)
  expect((await world.reconcile()).breaks).toEqual([])
  const { client } = world.wired
  const holdings: Gateway['holdings'] = async (portfolio): Promise<Holdings> => {
    const held = await client.holdings(portfolio)
    return {
      ...held,
      positions: { AAA: minus(held.positions[AAA]!, quantity('7')), BBB: quantity('3') } as Holdings['positions'],
      cash: plus(held.cash, money('12.34')),
      fees: plus(held.fees, money('1.5')),
    }
  }
  world.bent.holdings = holdings
  world.bent.executions = async (...asked) => (await client.executions(...asked)).slice(1)
  return { ...world, lost: world.journal.executions(CORE)[0]!, engine: world.engine() }
}

describe('an adjustment', () => {
  it('brings halted books into agreement, with who and why, and nothing else does', async () => {
    const { engine, reconcile, state, journal, lost } = await differing()
    await expect(engine.adjustment(CORE, 'ann', 'statement')).rejects.toMatchObject({ code: 'NOT_HALTED' })
    expect((await reconcile()).breaks.map(({ subject }) => subject)).toEqual([lost.id, 'AAA', 'BBB', 'cash', 'fees'])
    expect(state().value.permission).toBe('halted')
    const before = journal.head(CORE).seq
    const { fact } = await engine.adjustment(CORE, 'ann', 'statement')
    expect(journal.head(CORE).seq).toBe(before)
    const { positions, cash, fees, settled } = fact.adjustment
    expect(positions.map((row) => [row.instrument, row.quantity.toFixed(), row.price.toFixed()])).toEqual([
      ['AAA', '-7', '100'],
      ['BBB', '3', '50'],
    ])
    expect([cash.toFixed(), fees.toFixed(), settled]).toEqual(['12.34', '1.5', [lost.id]])
    const held = state().context.book
    const { entry } = await engine.adjust(CORE, await engine.adjustment(CORE, 'ann', 'statement'))
    expect(entry.event).toMatchObject({ type: 'adjusted', actor: 'ann', reason: 'statement' })
    const { book } = state().context
    assertBook(book)
    expect(book.accounts.cash!.minus(held.accounts.cash!).toFixed()).toBe('12.34')
    expect(book.accounts.realised).toEqual(held.accounts.realised)
    // 7 AAA at what the oldest cost, 3 BBB at 50, cash and fees: what the account knows more of, we owe to nobody.
    const atCost = held.positions[AAA]!.lots[0]!.unitCost.times(7)
    expect(book.accounts.adjustments!.toFixed()).toBe(atCost.minus('150').minus('12.34').minus('1.5').toFixed())
    expect((await reconcile()).breaks).toEqual([])
    await expect(engine.adjustment(CORE, 'ann', 'again')).rejects.toMatchObject({ code: 'NOTHING_TO_ADJUST' })
  })

  it('leaves lots that a later taking-back is still counted right with, and outlives a restart', async () => {
    const world = await differing()
    const { engine, journal, wired, state } = world
    await world.reconcile()
    await engine.adjust(CORE, await engine.adjustment(CORE, 'ann', 'statement'))
    const held = state().context.book.positions[AAA]!.quantity
    const fill = journal.executions(CORE).at(-1)!
    await wired.venue.bust(CORE, fill.id, 'erroneous')
    await until(() => wired.idle() && engine.idle())
    const { book } = state().context
    assertBook(book)
    expect(book.positions[AAA]!.quantity.eq(held.minus(fill.quantity))).toBe(true)
    expect((await world.reconcile()).breaks).toEqual([])
    const text = encode(state().context.book)
    await world.restart()
    expect(encode(state().context.book)).toBe(text)
    expect(state().value.permission).toBe('halted')
  })

  it('is refused while the gateway may still trade an order that is closed with us', async () => {
    const { bent, engine, reconcile, order, wired } = await differing()
    const { id } = order()
    bent.query = async (portfolio, asked) => {
      const answer = await wired.client.query(portfolio, asked)
      return answer.kind === 'known' && asked === id
        ? { ...answer, report: { ...answer.report, status: 'accepted' } }
        : answer
    }
    await reconcile()
    await expect(engine.adjustment(CORE, 'ann', 'statement')).rejects.toMatchObject({ code: 'ORDER_OPEN' })
  })

  it('settles an execution that came with other content: it halts no more, but a third content does', async () => {
    const { bent, engine, reconcile, journal, wired, state, lost } = await differing()
    Object.assign(bent, { holdings: undefined })
    const saysFeeOf = (fee: string) => {
      bent.executions = async (...asked) => {
        const rows = await wired.client.executions(...asked)
        return rows.map((row) =>
          row.execution.id === lost.id ? { ...row, execution: { ...lost, fee: money(fee) } } : row,
        )
      }
    }
    for (const fee of ['7', '8']) {
      saysFeeOf(fee)
      expect((await reconcile()).breaks.map(({ subject }) => subject)).toEqual([lost.id])
      expect(state().context.permissionReason).toMatch(/came again with other content$/)
      await engine.adjust(CORE, await engine.adjustment(CORE, 'ann', 'statement'))
      await engine.permit(CORE, 'active', 'ann', 'on')
      const { seq } = journal.head(CORE)
      expect((await reconcile()).breaks).toEqual([])
      expect([state().value.permission, journal.head(CORE).seq]).toEqual(['active', seq])
    }
    saysFeeOf(lost.fee.toFixed())
    expect((await reconcile()).breaks).toEqual([])
    expect(state().value.permission).toBe('active')
  })

  it('books what the gateway did unheard as the fact it is, not as a difference', async () => {
    const { bent, engine, reconcile, journal, wired, lost } = await differing()
    await reconcile()
    const unheard = { ...lost, id: executionId('unheard'), quantity: quantity('1') }
    bent.executions = async (...asked) => [
      ...(await wired.client.executions(...asked)),
      { mark: '999999999999', execution: unheard },
    ]
    const { adjustment } = (await engine.adjustment(CORE, 'ann', 'statement')).fact
    expect(journal.executions(CORE).at(-1)!.id).toBe('unheard')
    // Its mark is after what the gateway's figures include: it is no difference of positions.
    expect(adjustment.positions.find((row) => row.instrument === AAA)!.quantity.toFixed()).toBe('-7')
    expect(adjustment.positions.find((row) => row.instrument === BBB)!.quantity.toFixed()).toBe('3')
  })
})

describe('an adjustment never books what is on its way', () => {
  /** A halted portfolio whose order still trades, and whose gateway's figures count its fill in before it tells of it. */
  async function inFlight() {
    const world = await trading()
    await world.pulse()
    const { bent, wired, order } = world
    bent.cancel = () => Promise.reject(new Fault('TIMEOUT', 'no answer', 'ask-first'))
    const engine = world.engine()
    await engine.permit(CORE, 'halted', 'ann', 'a look')
    const { id, body } = order()
    const booked = world.state().context.book.positions[AAA]?.quantity
    expect([world.state().value.permission, booked]).toEqual(['halted', undefined])
    bent.holdings = async () => ({
      asOf: '',
      positions: { AAA: body.quantity } as Holdings['positions'],
      cash: body.quantity.times(-100) as Holdings['cash'],
      fees: money('0'),
    })
    const reported = intake(engine.host, world.journal)
    const report = { orderId: id, status: 'filled', cumulative: body.quantity, reason: '', at: START } as const
    const end = () => reported.order(CORE, report)
    const adjust = async () => engine.adjust(CORE, await engine.adjustment(CORE, 'ann', 'statement'))
    const query = async () => ({ kind: 'known', report }) as const
    return { ...world, wired, engine, end, adjust, query, id, quantity: body.quantity }
  }

  it('while an order may still trade, or has not told all it filled', async () => {
    const { adjust, end, pass, state, query, bent, quantity: units } = await inFlight()
    await expect(adjust()).rejects.toMatchObject({ code: 'ORDER_OPEN', retry: 'never' })
    bent.query = query
    await end()
    await expect(adjust()).rejects.toMatchObject({ code: 'FILLS_AWAITED', retry: 'safe' })
    await pass(9_000)
    expect(state().context.book.positions[AAA]!.quantity.eq(units)).toBe(true)
  })

  it('but settles an order whose missing fills the gateway does not have either', async () => {
    const { adjust, end, state, query, bent, order, id } = await inFlight()
    await end()
    Object.assign(bent, { query, holdings: undefined })
    const { entry } = await adjust()
    expect(entry.event).toMatchObject({ adjustment: { positions: [], settled: [id] } })
    expect([order().status, state().value.lifecycle]).toEqual(['filled', 'watching'])
  })

  it('waits between two looks and books only what differs in both', async () => {
    const { engine, bent, reconcile } = await differing()
    await reconcile()
    const wrong = bent.holdings!
    let held = 2
    const late = async (portfolio: typeof CORE): Promise<Holdings> => {
      const holdings = await wrong(portfolio)
      return { ...holdings, positions: { ...holdings.positions, BBB: quantity(`${held}`) } as Holdings['positions'] }
    }
    bent.holdings = late
    const { fact } = await engine.adjustment(CORE, 'ann', 'statement', async () => {
      held += 1
    })
    expect(fact.adjustment.positions.map(({ instrument }) => instrument)).toEqual([AAA])
    const arrive = async () => {
      Object.assign(bent, { holdings: undefined, executions: undefined })
    }
    await expect(engine.adjustment(CORE, 'ann', 'statement', arrive)).rejects.toMatchObject({
      code: 'NOTHING_TO_ADJUST',
    })
  })

  it('nor an execution the gateway lists that is not booked', async () => {
    const { engine, bent, wired, reconcile, lost } = await differing()
    await reconcile()
    let listed = 0
    // Each look sees it; whoever wants to book it does not.
    bent.executions = async (...asked) => {
      const rows = await wired.client.executions(...asked)
      const unheard = { mark: '999999999999', execution: { ...lost, id: executionId('unheard') } }
      listed += 1
      return listed % 2 === 0 ? [...rows, unheard] : rows
    }
    await expect(engine.adjustment(CORE, 'ann', 'statement')).rejects.toMatchObject({ code: 'FILLS_AWAITED' })
  })

  it('nor figures of books that have changed since, or that trade again', async () => {
    const { engine, journal, reconcile, lost } = await differing()
    await reconcile()
    const proposal = await engine.adjustment(CORE, 'ann', 'statement')
    const write = () => engine.adjust(CORE, proposal)
    await intake(engine.host, journal).execution(CORE, { ...lost, id: executionId('late') })
    await expect(write()).rejects.toMatchObject({ code: 'BOOKS_MOVED', retry: 'safe' })
    await engine.permit(CORE, 'active', 'ann', 'on')
    await expect(write()).rejects.toMatchObject({ code: 'NOT_HALTED' })
    expect(journal.entries(CORE, 1, 1_000).some(({ event }) => event.type === 'adjusted')).toBe(false)
  })
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { proposalInput } from '#cli/governance/input.js'
import { tempDir } from '../../support/temp-dir.js'

const BOOK = 'symbol,quantity,price\nCASH,50000,\nAAA,500,100\n'
const orders = (...rows: readonly string[]): string => `symbol,side,quantity,price\n${rows.join('\n')}\n`

const ONE = '"orders": [{"symbol": "AAA", "side": "buy", "quantity": 1}]'
const TWICE = `{"regime": {"regime": "CHOPPY", "multiplier": 1, "sized": 0.5}, "volatility": {"reading": null, "sized": 1}, ${ONE}}`
const HALF = `{"volatility": {"reading": {"multiplier": 1}, "sized": 1}, ${ONE}}`

/** Reads a book and a plan of these texts. */
function read(bookText: string, planText: string) {
  const folder = tempDir()
  const [book, plan] = [join(folder, 'book'), join(folder, 'plan')]
  writeFileSync(book, bookText)
  writeFileSync(plan, planText)
  return proposalInput({ book, plan, at: '2024-07-05T15:00:00Z' })
}

describe('a book and a plan', () => {
  it('are the same from CSV as from JSON, whatever the case of headings', async () => {
    const json = JSON.stringify({ cash: 50000, positions: [{ symbol: 'AAA', quantity: 500, price: '100.0' }] })
    const one = await read(BOOK, 'Symbol,Side,Quantity,Price\nB,buy,10,5\n')
    const other = await read(json, '{"orders": [{"symbol": "B", "side": "buy", "quantity": 10, "price": 5}]}')
    expect(JSON.stringify(other.context)).toBe(JSON.stringify(one.context))
    expect(one.context.equity.toFixed()).toBe('100000')
  })

  it('keep the limit and the target an order states; without them those of the collar and of the whole order', async () => {
    const { context } = await read(BOOK, 'symbol,side,quantity,price,limit,target\nAAA,buy,10,,101,0.3\nB,buy,10,5,,\n')
    const [first, second] = context.plan.legs
    expect([first!.limit.toFixed(), first!.targetWeight]).toEqual(['101', 0.3])
    expect([second!.limit.toFixed(), second!.targetWeight]).toEqual(['5.25', 0.0005])
  })

  it('may be short of units and of cash', async () => {
    const { context } = await read('symbol,quantity,price\nCASH,-500,\nA,-10,5\nB,300,5\n', orders('A,buy,10,5'))
    expect(context.equity.toFixed()).toBe('950')
    expect(context.plan.legs[0]).toMatchObject({ side: 'buy', targetWeight: 0 })
  })

  it('state what volatility leaves, as of the judging where they do not say, and by that what targets were sized by', async () => {
    const { context } = await read(
      BOOK,
      `{"volatility": {"reading": {"level": 36, "multiplier": 0.6}, "sized": 0.5}, ${ONE}}`,
    )
    const { at, volatility, drawdown } = context
    const reading = { level: 36, multiplier: 0.6, asOf: at }
    expect(volatility).toEqual({ reading, sized: 0.5, maxAgeMs: 4 * 86_400_000 })
    expect(drawdown).toMatchObject({ counted: 0, sized: 0.5 })
    const none = await read(BOOK, `{${ONE}}`)
    expect('volatility' in none.context).toBe(false)
  })

  it.each<[string, string, string, string]>([
    ['an unknown column', BOOK, 'symbol,side,quantty\nA,buy,1\n', 'plan:1:1 quantty: unknown column'],
    ['a cell too many', BOOK, 'symbol,side,quantity\nA,buy,1,2\n', 'plan:2:1 has 4 cells, and the header has 3'],
    ['no number', BOOK, orders('A,buy,one,5'), 'plan:2:1 orders[0].quantity: must be a plain decimal above 0'],
    ['no side', BOOK, orders('A,hold,1,5'), 'plan:2:1 orders[0].side: must be buy | sell, got "hold"'],
    ['no price', BOOK, 'symbol,side,quantity\n\nB,buy,1\n', 'plan:3:1 orders[0].price: B has no price'],
    ['part of a share', BOOK, orders('AAA,buy,1.5,100'), 'orders[0].quantity: must be whole lots of 1, got 1.5'],
    ['a name twice', BOOK, orders('A,buy,1,5', 'A,sell,1,5'), 'plan:3:1 orders[1].symbol: A is listed twice'],
    ['no cash', 'symbol,quantity,price\nA,1,5\n', orders('A,buy,1,5'), 'book:1:1 cash: is required'],
    ['cash twice', `${BOOK}CASH,1,\n`, orders('A,buy,1,5'), 'book:4:1 cash: CASH is listed twice'],
    ['no orders', BOOK, '{"orders": []}', 'plan:1:12 orders: must have ≥ 1 items, got 0'],
    ['a time without a zone', BOOK, '{"at":"2024-07-04", "orders":[{"symbol":"A"}]}', 'plan:1:7 at: must be a time'],
    ['targets sized twice', BOOK, TWICE, 'volatility.sized: must be that of regime, 0.5: the targets of a plan are'],
    ['a volatility without a level', BOOK, HALF, 'plan:1:28 volatility.reading.level: is required'],
    ['broken JSON', BOOK, '{"orders": [', 'plan:1:13'],
  ])('is not judged with %s, and the place is told', async (_, book, plan, told) => {
    await expect(read(book, plan)).rejects.toMatchObject({
      ...{ exit: 64, code: 'CONFIG_INVALID', message: expect.stringContaining(told) },
    })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exec, executionMessage, reasonText, reportMessage, ticketMessage } from '#adapters/wire/exec.js'
import { encode } from '#units/canonical.js'
import { money, price, quantity } from '#units/money.js'
import { executions, reports, tickets } from './samples.js'

/** As it arrives: through text. */
const sent = (message: unknown): unknown => JSON.parse(JSON.stringify(message))

const [ticket] = fc.sample(tickets, { numRuns: 1, seed: 1 }) as [Parameters<typeof ticketMessage>[0]]
const [fill] = fc.sample(executions, { numRuns: 1, seed: 1 }) as [Parameters<typeof executionMessage>[0]]
const [word] = fc.sample(reports, { numRuns: 1, seed: 1 }) as [Parameters<typeof reportMessage>[0]]

/** Path of the first problem of a message with some fields replaced; empty when it has none. */
const problem = (schema: typeof exec.submit.question, message: object, changes: object): string => {
  const read = schema.safeParse(sent({ ...message, ...changes }))
  return read.success ? '' : `${read.error.issues[0]!.code} ${read.error.issues[0]!.path.join('.')}`
}

describe('an order, an execution and a report', () => {
  it('arrive as they were sent, to the last digit', () => {
    fc.assert(
      fc.property(tickets, fc.nat(), (order, epoch) => {
        const read = exec.submit.question.parse(sent(ticketMessage(order, epoch)))
        expect(encode(read)).toBe(encode({ ticket: order, epoch }))
      }),
    )
    fc.assert(
      fc.property(executions, (execution) => {
        const message = sent(executionMessage(execution))
        expect(encode(exec.executionReport.question.parse(message))).toBe(encode(execution))
        const page = exec.executions.answer.parse({ items: [{ mark: '1', execution: message }], next: null })
        expect(encode(page.items[0]?.execution)).toBe(encode(execution))
      }),
    )
    fc.assert(
      fc.property(reports, (report) => {
        const message = sent(reportMessage(report))
        expect(encode(exec.orderReport.question.parse(message))).toBe(encode(report))
        const known = exec.query.answer.parse({ status: 'known', report: message })
        expect(encode('report' in known && known.report)).toBe(encode(report))
      }),
    )
  })

  it('fit a message with room to spare at their longest', () => {
    const size = (messages: readonly unknown[]) =>
      Math.max(...messages.map((message) => Buffer.byteLength(JSON.stringify(message))))
    expect(size(fc.sample(tickets, 500).map((order) => ticketMessage(order, 1)))).toBeLessThan(2_000)
    expect(size(fc.sample(executions, 500).map(executionMessage))).toBeLessThan(2_000)
    expect(size(fc.sample(reports, 500).map(reportMessage))).toBeLessThan(2_000)
  })

  it('carry a reason of 200 characters at most', () => {
    expect(reasonText('short')).toBe('short')
    expect(reasonText('x'.repeat(200))).toBe('x'.repeat(200))
    const long = reportMessage({ ...word, reason: 'x'.repeat(5_000) })
    expect(long.reason).toBe(`${'x'.repeat(199)}\u2026`)
    expect(exec.orderReport.question.safeParse(long).success).toBe(true)
  })

  it('write the smallest decimal without an exponent', () => {
    const least = `0.${'0'.repeat(29)}1`
    expect(reportMessage({ ...word, cumulative: quantity(least) }).cum_qty).toBe(least)
    expect(executionMessage({ ...fill, price: price(least), fee: money(least) })).toMatchObject({
      price: least,
      fee: least,
    })
    const body = { ...ticket.body, quantity: quantity(least), limit: price(least) }
    expect(ticketMessage({ ...ticket, body }, 1)).toMatchObject({ qty: least, limit: least })
  })
})

describe('a message with a fault', () => {
  const order = ticketMessage(ticket, 3)
  const submit = (changes: object) => problem(exec.submit.question, order, changes)

  it('is refused with the path of the field, an order also when the hash is not that of the body', () => {
    expect(submit({})).toBe('')
    expect(submit({ qty: '0' })).toBe('custom qty')
    expect(submit({ qty: '-1' })).toBe('custom qty')
    expect(submit({ qty: 'NaN' })).toBe('invalid_format qty')
    expect(submit({ qty: 1 })).toBe('invalid_type qty')
    expect(submit({ limit: '-0.01' })).toBe('custom limit')
    expect(submit({ arrival: '1e5' })).toBe('invalid_format arrival')
    expect(submit({ epoch: -1 })).toBe('too_small epoch')
    expect(submit({ attempt: 1e300 })).toMatch(/attempt$/)
    expect(submit({ type: 'market' })).toBe('invalid_value type')
    expect(submit({ tif: 'gtc' })).toBe('invalid_value tif')
    expect(submit({ leg: '' })).toBe('invalid_format leg')
    expect(submit({ leg: 'x'.repeat(65) })).toBe('invalid_format leg')
    expect(submit({ leg: 'a\nb' })).toBe('invalid_format leg')
    expect(submit({ body_hash: order.body_hash.toUpperCase() })).toBe('invalid_format body_hash')
    expect(submit({ body_hash: '0'.repeat(64) })).toBe('custom body_hash')
  })

  it('is refused when any field of the body was changed or left out on the way', () => {
    const changed = {
      portfolio: 'other',
      run: 'R-77',
      leg: 'other',
      attempt: ticket.body.attempt + 1,
      symbol: 'OTHER',
      side: ticket.body.side === 'buy' ? 'sell' : 'buy',
      qty: `${order.qty.split('.')[0]}9`,
      limit: `${order.limit.split('.')[0]}9`,
      arrival: `${order.arrival.split('.')[0]}9`,
      not_after: '2031-01-01T00:00:00.000Z',
    }
    for (const [name, value] of Object.entries(changed))
      expect(submit({ [name]: value }), name).toBe('custom body_hash')
    for (const name of Object.keys(order)) expect(submit({ [name]: undefined }), name).toMatch(new RegExp(`${name}$`))
  })

  it('is refused with fields it does not know, those with dangerous names included', () => {
    for (const name of ['stop', 'constructor', 'toString', '__proto__']) {
      const text = (message: object) => `${JSON.stringify(message).slice(0, -1)},${JSON.stringify(name)}:{"qty":"1"}}`
      const submitted = exec.submit.question.safeParse(JSON.parse(text(order)))
      expect(submitted.success || submitted.error.issues[0]?.code, name).toBe('unrecognized_keys')
      const told = exec.executionReport.question.safeParse(JSON.parse(text(executionMessage(fill))))
      expect(told.success || told.error.issues[0]?.code, name).toBe('unrecognized_keys')
    }
    expect(({} as { qty?: string }).qty).toBeUndefined()
  })

  it('is refused as an execution without price or quantity or with a negative fee, as a report with a negative sum', () => {
    const execution = (changes: object) =>
      exec.executionReport.question.safeParse({ ...executionMessage(fill), ...changes }).success
    expect(execution({})).toBe(true)
    for (const changes of [
      { qty: '0' },
      { qty: '-1' },
      { price: '0' },
      { price: '-1' },
      { fee: '-0.01' },
      { venue: '' },
    ])
      expect(execution(changes), JSON.stringify(changes)).toBe(false)
    const report = (changes: object) =>
      exec.orderReport.question.safeParse({ ...reportMessage(word), ...changes }).success
    expect(report({})).toBe(true)
    for (const changes of [{ cum_qty: '-1' }, { status: 'unknown' }, { reason: 'x'.repeat(201) }])
      expect(report(changes), JSON.stringify(changes)).toBe(false)
  })
})

describe('an answer', () => {
  it('may have fields its asker does not know', () => {
    const known = { status: 'known', report: { ...reportMessage(word), venue_order_id: '7' }, more: 1 }
    expect(exec.query.answer.safeParse(known).success).toBe(true)
    const items = [{ mark: '1', execution: { ...executionMessage(fill), venue_order_id: '7' }, more: 1 }]
    expect(exec.executions.answer.safeParse({ items, next: null, more: 1 }).success).toBe(true)
  })

  it('is not understood with an unknown status, no marks or no currency', () => {
    expect(exec.submit.answer.safeParse({ status: 'maybe' }).success).toBe(false)
    expect(exec.submit.answer.safeParse({ status: 'duplicate' }).success).toBe(false)
    expect(exec.executions.answer.safeParse({ items: [], next: '' }).success).toBe(false)
    expect(exec.executions.answer.safeParse({ items: [] }).success).toBe(false)
    expect(
      exec.account.answer.safeParse({ mode: 'demo', currency: 'USD', ts: '2020-01-01T00:00:00.000Z' }).success,
    ).toBe(false)
    expect(
      exec.account.answer.safeParse({ mode: 'live', currency: 'usd', ts: '2020-01-01T00:00:00.000Z' }).success,
    ).toBe(false)
  })
})

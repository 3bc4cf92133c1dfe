import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { gatewayClient } from '#adapters/gateway/client.js'
import { serveGateway } from '#adapters/gateway/server.js'
import { bustMessage, executionMessage, reportMessage, ticketMessage } from '#adapters/wire/exec.js'
import { type GatewayVerb, subjects } from '#adapters/wire/subjects.js'
import { FULL_SUPPORT } from '#domain/gateway-support.js'
import { bodyHash } from '#domain/order.js'
import type { Bus } from '#ports/bus.js'
import type { Gateway, ReportSink, Venue } from '#ports/gateway.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import { executionId, type InstrumentId, instrumentId } from '#units/ids.js'
import { money, noMoney, noQuantity, price, quantity } from '#units/money.js'
import { FIRST, faultCode, MAIN, orderFor } from '../contract/gateway-parts.js'
import { recordingLog } from './gateway-log.js'

const VERBS: readonly GatewayVerb[] = [
  'submit',
  'cancel',
  'query',
  'never',
  'fence',
  'restrain',
  'account',
  'holdings',
  'executions',
]
const REPORTS = [subjects.executionReport(MAIN), subjects.bustReport(MAIN), subjects.orderReport(MAIN)]

const ACCOUNT = { mode: 'paper', currency: 'USD', at: FIRST.at, supports: FULL_SUPPORT } as const
const NOTHING = { asOf: '', positions: {}, fees: noMoney, cash: noMoney } as const

interface Ends {
  readonly bus: Bus
  readonly client: Gateway
  /** Every call of the venue and of the sink. */
  readonly calls: unknown[][]
  readonly gatewayLines: Readonly<Record<string, unknown>>[]
  /** What bus handlers threw. */
  readonly errors: unknown[]
  readonly close: () => Promise<void>
}

/** Client and server around a venue that writes its calls down; a verb given here answers as told. */
function ends(verbs: Partial<Venue> = {}): Ends {
  const calls: unknown[][] = []
  const errors: unknown[] = []
  const bus = memoryBus({ onError: (error) => errors.push(error) })
  const noted =
    <A extends unknown[], R>(name: string, answer: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      calls.push([name, ...given])
      return answer(...given)
    }
  const venue: Venue = {
    name: 'test',
    submit: noted('submit', verbs.submit ?? (async () => ({ kind: 'accepted' }))),
    cancel: noted('cancel', verbs.cancel ?? (async () => undefined)),
    query: noted('query', verbs.query ?? (async () => ({ kind: 'unknown' }))),
    never: noted('never', verbs.never ?? (async () => ({ kind: 'promised' }))),
    fence: noted('fence', verbs.fence ?? (async (_, epoch) => ({ epoch }))),
    restrain: noted('restrain', verbs.restrain ?? (async () => undefined)),
    account: noted('account', verbs.account ?? (async () => ACCOUNT)),
    holdings: noted('holdings', verbs.holdings ?? (async () => NOTHING)),
    executions: noted('executions', verbs.executions ?? (async () => [])),
    connect: () => () => undefined,
    idle: () => true,
  }
  const sink: ReportSink = {
    execution: noted('execution', async () => undefined),
    order: noted('order', async () => undefined),
    bust: noted('bust', async () => undefined),
  }
  const { log, lines } = recordingLog()
  const server = serveGateway({ bus, venue, name: 'paper', timeoutMs: 1_000, log })
  const client = gatewayClient({ bus, gatewayOf: () => 'paper', timeoutMs: 50 })
  client.connect(sink)
  const close = async () => {
    await server.close()
    await bus.close()
  }
  return { bus, client, calls, gatewayLines: lines, errors, close }
}

function oneEnds(verbs: Partial<Venue> = {}): Ends {
  const made = ends(verbs)
  onTestFinished(made.close)
  return made
}

const codeOf = async (bus: Bus, subject: string, body: string): Promise<string> => {
  const answer = JSON.parse((await bus.request(subject, body, 5_000)).body)
  return answer.ok === true ? 'ok' : answer.error.code
}

const fill = {
  id: executionId('E1'),
  orderId: orderFor(1).id,
  instrument: instrumentId('AAA'),
  side: 'buy',
  quantity: quantity('30'),
  price: price('100.123456789012'),
  fee: money('0.35'),
  at: FIRST.at,
  session: FIRST.session,
  venue: 'test',
} as const
const word = { orderId: orderFor(1).id, status: 'filled', cumulative: noQuantity, reason: '', at: FIRST.at } as const
const bust = { executionId: fill.id, orderId: fill.orderId, reason: 'erroneous', at: FIRST.at } as const
const json = fc.oneof(fc.json(), fc.json({ noUnicodeString: false }), fc.string({ unit: 'binary', maxLength: 2_000 }))

describe('a question or report of any text', () => {
  it('is refused with INVALID and reaches neither venue nor sink', async () => {
    const { bus, calls, errors, close } = ends()
    const everywhere = [...VERBS.map((verb) => subjects.gateway('paper', verb)), ...REPORTS]
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...everywhere), json, async (subject, body) => {
        expect(await codeOf(bus, subject, body)).toBe('INVALID')
      }),
      { numRuns: 2_000 },
    )
    expect([calls, errors]).toEqual([[], []])
    await close()
  })

  it('is refused when one field of a good one is replaced by anything else', async () => {
    const { bus, calls, errors, close } = ends()
    const order = orderFor(1)
    const good: readonly (readonly [string, object])[] = [
      [subjects.gateway('paper', 'submit'), ticketMessage(order, 1)],
      [subjects.gateway('paper', 'never'), { portfolio: 'main', client_order_id: order.id, epoch: 1 }],
      [REPORTS[0]!, executionMessage(fill)],
      [REPORTS[1]!, bustMessage(bust)],
      [REPORTS[2]!, reportMessage(word)],
    ]
    for (const [subject, message] of good) expect(await codeOf(bus, subject, JSON.stringify(message))).toBe('ok')
    const passed = encode(calls.splice(0))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...good),
        fc.nat(),
        fc.oneof(fc.jsonValue(), fc.double(), fc.bigInt().map(String), fc.string()),
        async ([subject, message], place, value) => {
          const name = Object.keys(message)[place % Object.keys(message).length]!
          const code = await codeOf(bus, subject, JSON.stringify({ ...message, [name]: value }))
          if (code === 'INVALID') return
          // What is taken all the same can only be another good value of a field that no hash covers.
          const free = name === 'epoch' ? Number.isSafeInteger(value) : typeof value === 'string' && name !== 'side'
          expect([code, free], name).toEqual(['ok', true])
          expect(subject.endsWith('submit') && name !== 'epoch' && name !== 'client_order_id', name).toBe(false)
        },
      ),
      { numRuns: 3_000 },
    )
    for (const [name, ticket] of calls)
      if (name === 'submit') {
        const { body, bodyHash: hash } = ticket as ReturnType<typeof orderFor>
        expect(bodyHash(body)).toBe(hash)
        expect(encode(body)).toBe(encode(order.body))
      }
    expect(passed).toContain(order.id)
    expect(errors).toEqual([])
    await close()
  })
})

describe('a venue that fails', () => {
  it('is silence after an unexpected error, which the gateway logs', async () => {
    const { client, gatewayLines } = oneEnds({
      query: async () => {
        throw new TypeError('a bug')
      },
    })
    expect(await faultCode(client.query(MAIN, word.orderId))).toBe('TIMEOUT ask-first')
    expect(gatewayLines).toEqual([
      { level: 'error', message: expect.any(String), verb: 'query', error: 'TypeError: a bug' },
    ])
    expect(client.idle()).toBe(true)
  })

  it('is a refusal with its own code and retry after a Fault', async () => {
    const refuse = (code: string, retry: 'safe' | 'ask-first' | 'never') => async () => {
      throw new Fault(code, 'said the venue', retry)
    }
    const { client } = oneEnds({
      cancel: refuse('DISCONNECTED', 'safe'),
      holdings: refuse('VENUE_WRITE_FAILED', 'ask-first'),
    })
    expect(await faultCode(client.cancel(MAIN, word.orderId, 1))).toBe('DISCONNECTED safe')
    expect(await faultCode(client.holdings(MAIN))).toBe('VENUE_WRITE_FAILED ask-first')
  })

  it('has its reasons cut to what the protocol carries', async () => {
    const long = 'x'.repeat(100_000)
    const { client } = oneEnds({
      submit: async () => ({ kind: 'rejected', reason: long }),
      query: async () => ({ kind: 'known', report: { ...word, reason: long } }),
    })
    const rejected = await client.submit(orderFor(1), 1)
    const known = await client.query(MAIN, word.orderId)
    expect(rejected.kind === 'rejected' && rejected.reason.length).toBe(200)
    expect(known.kind === 'known' && known.report.reason.length).toBe(200)
  })
})

describe('an answer that cannot be right', () => {
  it('is not believed: another order\u2019s state, or no state at all', async () => {
    const other = { ...word, orderId: orderFor(2).id }
    const { client, bus } = oneEnds({
      submit: async () => ({ kind: 'duplicate', report: other }),
      query: async () => ({ kind: 'known', report: other }),
      never: async () => ({ kind: 'known', report: other }),
    })
    const calls = [client.submit(orderFor(1), 1), client.query(MAIN, word.orderId), client.never(MAIN, word.orderId, 1)]
    expect(await Promise.all(calls.map(faultCode))).toEqual(Array(3).fill('BAD_ANSWER ask-first'))
    const elsewhere = gatewayClient({ bus, gatewayOf: () => 'odd', timeoutMs: 1_000 })
    bus.serve('exec.v1.odd.cancel', async () => '{}')
    expect(await faultCode(elsewhere.cancel(MAIN, word.orderId, 1))).toBe('BAD_ANSWER ask-first')
  })

  it('is not followed for ever when its pages have no end', async () => {
    const { bus } = oneEnds()
    let pages = 0
    bus.serve('exec.v1.odd.executions', async () => {
      pages += 1
      const items = [{ mark: '1', execution: executionMessage(fill) }]
      return JSON.stringify({
        ok: true,
        items: pages % 2 === 0 ? items : [...items, ...items],
        next: String(pages % 3),
      })
    })
    const money = { as_of: '', fees: '0', cash: '0' }
    bus.serve('exec.v1.odd.holdings', async () => JSON.stringify({ ok: true, ...money, items: [], next: 'AAA' }))
    const odd = gatewayClient({ bus, gatewayOf: () => 'odd', timeoutMs: 1_000 })
    expect(await faultCode(odd.executions(MAIN, ''))).toBe('BAD_ANSWER ask-first')
    expect(await faultCode(odd.holdings(MAIN))).toBe('BAD_ANSWER ask-first')
    expect(pages).toBeLessThan(10)
  })
})

describe('more than fits a message', () => {
  it('is paged: every execution once, in order, from any mark', async () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => ({
      mark: String(n + 1).padStart(12, '0'),
      execution: { ...fill, id: executionId(`E${n}`), venue: 'v'.repeat(32) },
    }))
    const { client, calls } = oneEnds({ executions: async (_, after) => rows.filter(({ mark }) => mark > after) })
    expect(encode(await client.executions(MAIN, ''))).toBe(encode(rows))
    expect(calls.length).toBeGreaterThan(3)
    expect(encode(await client.executions(MAIN, rows[899]!.mark))).toBe(encode(rows.slice(900)))
    expect(await client.executions(MAIN, rows.at(-1)!.mark)).toEqual([])
  })

  it('is paged: every position once, whatever order the venue has them in', async () => {
    const held = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, n) => [`S${(n * 7919) % 3_000}`, quantity(`${n - 1_500}.123456789012`)]),
    ) as Record<InstrumentId, ReturnType<typeof quantity>>
    const { client, calls } = oneEnds({
      holdings: async () => ({ asOf: '7', positions: held, fees: noMoney, cash: noMoney }),
    })
    expect(encode((await client.holdings(MAIN)).positions)).toBe(encode(held))
    expect(calls.length).toBeGreaterThan(2)
  })
})

describe('a gateway that closes', () => {
  it('first answers what it was asked, then is gone', async () => {
    let answer: (value: { readonly kind: 'accepted' }) => void = () => undefined
    const bus = memoryBus()
    const { log } = recordingLog()
    const asked: string[] = []
    const venue = {
      submit: () => {
        asked.push('submit')
        return new Promise<{ readonly kind: 'accepted' }>((resolve) => {
          answer = resolve
        })
      },
      connect: () => () => asked.push('disconnected'),
    } as unknown as Venue
    const server = serveGateway({ bus, venue, name: 'paper', timeoutMs: 1_000, log })
    const client = gatewayClient({ bus, gatewayOf: () => 'paper', timeoutMs: 5_000 })
    const submitted = client.submit(orderFor(1), 1)
    await new Promise((resolve) => setImmediate(resolve))
    let closed = false
    const closing = server.close().then(() => {
      closed = true
    })
    expect(await faultCode(client.holdings(MAIN))).toBe('NO_RESPONDERS ask-first')
    expect([closed, server.idle(), asked]).toEqual([false, false, ['submit', 'disconnected']])
    answer({ kind: 'accepted' })
    expect(await submitted).toEqual({ kind: 'accepted' })
    await closing
    expect(server.idle()).toBe(true)
    await bus.close()
  })
})

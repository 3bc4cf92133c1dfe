import { describe, expect, it } from 'vitest'
import type { Execution } from '#domain/book/events.js'
import { isComplete, type Order, type OrderStatus, TERMINAL } from '#domain/order.js'
import { orderTimer, remaining, unfilled } from '#domain/order-life.js'
import type { Effect } from '#domain/portfolio/effect.js'
import { advance, type OrderEvent, orderMachine } from '#machines/order.machine.js'
import { executionId, instrumentId, orderId, portfolioId, runId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { markApproved } from '#units/proof.js'
import { instant, later, sessionDate } from '#units/time.js'

const START = instant(1_000_000)
const NOT_AFTER = later(START, 60_000)
const TERMS = { multiplier: '1', ackTimeoutMs: 5_000, admitted: true, promises: true, dayOver: false }
const ID = orderId('A'.repeat(26))

const fresh = markApproved<Order>({
  ...unfilled,
  id: ID,
  body: {
    portfolio: portfolioId('core'),
    run: runId(1),
    leg: 'buy-MSFT',
    attempt: 1,
    instrument: instrumentId('MSFT'),
    side: 'buy',
    quantity: quantity('10'),
    type: 'limit',
    limit: price('102'),
    arrival: price('100'),
    timeInForce: 'day',
    notAfter: NOT_AFTER,
  },
  bodyHash: 'hash',
  status: 'intended',
  intendedAt: START,
})
type Tracked = typeof fresh

let executions = 0
const fillOf = (units: string): Execution => ({
  id: executionId(`x-${++executions}`),
  orderId: ID,
  instrument: instrumentId('MSFT'),
  side: 'buy',
  quantity: quantity(units),
  price: price('101'),
  fee: money('0.10'),
  at: START,
  session: sessionDate('2024-01-02'),
  venue: 'paper',
})

const reported = (status: 'accepted' | 'filled' | 'cancelled' | 'rejected' | 'expired', cumulative = '0') =>
  ({ kind: 'reported', status, cumulative: quantity(cumulative), reason: '' }) as const

/** Every kind of news under the name the table below uses; `late` events come after the last moment to send. */
const ALPHABET: Readonly<Record<string, (at: typeof START) => OrderEvent>> = {
  send: (at) => ({ kind: 'send', at }),
  accepted: (at) => ({ kind: 'accepted', at }),
  rejected: (at) => ({ kind: 'rejected', reason: 'no', at }),
  unanswered: (at) => ({ kind: 'unanswered', reason: 'TIMEOUT', at }),
  unseen: (at) => ({ kind: 'unseen', at }),
  'late unseen': () => ({ kind: 'unseen', at: NOT_AFTER }),
  promised: (at) => ({ kind: 'promised', at }),
  deadline: (at) => ({ kind: 'deadline', at }),
  'late deadline': () => ({ kind: 'deadline', at: NOT_AFTER }),
  cancel: (at) => ({ kind: 'cancel', at }),
  'part fill': (at) => ({ kind: 'fill', execution: fillOf('4'), at }),
  'full fill': (at) => ({ kind: 'fill', execution: fillOf('10'), at }),
  'says accepted': (at) => ({ ...reported('accepted'), at }),
  'says filled': (at) => ({ ...reported('filled', '10'), at }),
  'says cancelled': (at) => ({ ...reported('cancelled', '4'), at }),
  'says rejected': (at) => ({ ...reported('rejected'), at }),
  'says expired': (at) => ({ ...reported('expired'), at }),
}

const REPORTS = {
  'says filled': 'filled',
  'says cancelled': 'cancelled',
  'says rejected': 'rejected',
  'says expired': 'expired',
} as const
const ANSWERS = {
  ...REPORTS,
  accepted: 'accepted',
  rejected: 'rejected',
  'says accepted': 'accepted',
  'part fill': 'accepted',
  'full fill': 'filled',
} as const

/** The whole protocol: an event not listed leaves the status as it is. Source: design engine.md section 3. */
const PROTOCOL: Readonly<Record<OrderStatus, Readonly<Record<string, OrderStatus>>>> = {
  intended: { send: 'submitting' },
  submitting: {
    ...ANSWERS,
    unanswered: 'unknown',
    unseen: 'unknown',
    'late unseen': 'unknown',
    deadline: 'unknown',
    'late deadline': 'unknown',
    cancel: 'cancelling',
  },
  unknown: { ...ANSWERS, unseen: 'submitting', deadline: 'submitting', promised: 'abandoned', cancel: 'cancelling' },
  accepted: { ...REPORTS, rejected: 'rejected', 'full fill': 'filled', cancel: 'cancelling' },
  cancelling: { ...REPORTS, rejected: 'rejected', promised: 'abandoned', 'full fill': 'filled' },
  filled: {},
  cancelled: {},
  rejected: {},
  expired: {},
  abandoned: {},
}

const step = (order: Tracked, event: OrderEvent) => advance(order, event, TERMS)
const through = (...names: readonly string[]): Tracked =>
  names.reduce((order, name) => step(order, ALPHABET[name]!(START)).order, fresh)
const types = (effects: readonly Effect[]): readonly string[] => effects.map((effect) => effect.type)

/** One order for every status, by breadth-first walk over the alphabet. */
function reach(): ReadonlyMap<OrderStatus, Tracked> {
  const found = new Map<OrderStatus, Tracked>([['intended', fresh]])
  const queue: Tracked[] = [fresh]
  for (let order = queue.shift(); order !== undefined; order = queue.shift())
    for (const make of Object.values(ALPHABET)) {
      const next = step(order, make(START)).order
      if (found.has(next.status)) continue
      found.set(next.status, next)
      queue.push(next)
    }
  return found
}

describe('the order machine', () => {
  const orders = reach()

  it('has every status of an order as a state, and each is reached', () => {
    expect(Object.keys(orderMachine.states).sort()).toEqual(Object.keys(PROTOCOL).sort())
    expect([...orders.keys()].sort()).toEqual(Object.keys(PROTOCOL).sort())
  })

  it('moves exactly as the protocol says on every event in every state', () => {
    for (const [status, order] of orders) {
      const moves: Record<string, OrderStatus> = {}
      for (const [name, make] of Object.entries(ALPHABET)) {
        const next = step({ ...order, cumulative: quantity('0') } as Tracked, make(START)).order.status
        if (next !== status) moves[name] = next
      }
      expect({ [status]: moves }).toEqual({ [status]: PROTOCOL[status] })
    }
  })

  it('books a fill in every state once the order was sent, and loses none', () => {
    for (const [status, order] of orders) {
      if (status === 'intended') continue
      const next = step(order, ALPHABET['part fill']!(START)).order
      expect(next.cumulative.minus(order.cumulative).toFixed()).toBe('4')
      expect(next.value.minus(order.value).toFixed()).toBe('404')
      expect(next.fees.minus(order.fees).toFixed()).toBe('0.1')
      expect(next.executions).toHaveLength(order.executions.length + 1)
    }
  })

  it('takes back a fill in every state that can have one, and forgets that the venue reported it', () => {
    for (const status of ['accepted', 'cancelling', ...TERMINAL] as const) {
      const execution = fillOf('4')
      const order = { ...orders.get(status)!, cumulative: quantity('0'), executions: [] } as Tracked
      const filled = step(order, { kind: 'fill', execution, at: START }).order
      const { order: next, effects } = step(filled, { kind: 'bust', execution, reason: 'erroneous', at: START })
      expect(effects).toEqual([])
      expect(next).toMatchObject({
        status,
        executions: [],
        reason: `execution ${execution.id} was taken back: erroneous`,
      })
      for (const tally of ['cumulative', 'value', 'fees'] as const)
        expect(next[tally].eq(order[tally]), tally).toBe(true)
      expect(next.busted!.toFixed()).toBe('4')
      const left = filled.reported === null ? null : Math.max(0, filled.reported.toNumber() - 4)
      expect(next.reported?.toNumber() ?? null).toBe(left)
    }
  })

  it('does not trade again what was taken back: the rest fills it', () => {
    const first = fillOf('4')
    const part = step(through('send', 'accepted'), { kind: 'fill', execution: first, at: START }).order
    const taken = step(part, { kind: 'bust', execution: first, reason: 'erroneous', at: START }).order
    expect(remaining(taken).toFixed()).toBe('6')
    const whole = step(taken, { kind: 'fill', execution: fillOf('6'), at: START }).order
    expect(whole).toMatchObject({ status: 'filled' })
    expect([whole.cumulative.toFixed(), whole.reported!.toFixed(), isComplete(whole)]).toEqual(['6', '6', true])
  })

  it('never leaves a terminal status, whatever is said', () => {
    for (const status of TERMINAL) {
      const order = orders.get(status)!
      expect(TERMINAL.has(order.status)).toBe(true)
      for (const make of Object.values(ALPHABET)) {
        const { order: next, effects } = step(order, make(NOT_AFTER))
        expect(next.status).toBe(status)
        expect(next.closedAt).toBe(order.closedAt)
        expect(effects).toEqual([])
      }
    }
  })

  it('at a gateway that promises nothing asks instead, and gives up what it has not seen only when the day is over', () => {
    for (const status of ['unknown', 'cancelling'] as const)
      for (const dayOver of [false, true])
        for (const name of ['late unseen', 'late deadline'] as const) {
          const terms = { ...TERMS, promises: false, dayOver }
          const { order: next, effects } = advance(orders.get(status)!, ALPHABET[name]!(START), terms)
          expect(types(effects)).not.toContain('never')
          const gone = dayOver && name === 'late unseen'
          expect(next.status, `${status} ${name} ${dayOver}`).toBe(gone ? 'expired' : status)
          if (gone) expect(next.reason).toBe('its day is over and the gateway has never seen it')
          if (name === 'late deadline') expect(types(effects)).toContain('query')
        }
  })

  it('takes the same report twice as once', () => {
    for (const [, order] of orders)
      for (const [name, make] of Object.entries(ALPHABET)) {
        if (!name.startsWith('says') && name !== 'accepted' && name !== 'rejected' && name !== 'promised') continue
        const once = step(order, make(START)).order
        const twice = step(once, make(START))
        expect(twice.order).toEqual(once)
        expect(twice.effects).toEqual([])
      }
  })

  it('schedules a deadline on entering every state that waits for an answer, and calls it off on leaving', () => {
    const waiting = ['submitting', 'unknown', 'cancelling']
    for (const [status, order] of orders)
      for (const make of Object.values(ALPHABET)) {
        const { order: next, effects } = step(order, make(START))
        const timers = effects.filter((effect) => effect.type === 'schedule' || effect.type === 'unschedule')
        for (const timer of timers) expect(timer.timer).toBe(orderTimer(fresh))
        const last = timers.at(-1)?.type
        if (status === next.status && timers.length === 0) continue
        if (waiting.includes(next.status)) expect(`${status} ${next.status} ${last}`).toMatch(/ schedule$/)
        else if (waiting.includes(status)) expect(`${status} ${next.status} ${last}`).toMatch(/ unschedule$/)
      }
  })

  it('gives the venue its time to answer a submit', () => {
    const { effects } = step(fresh, { kind: 'send', at: START })
    expect(types(effects)).toEqual(['submit', 'schedule'])
    expect(effects[1]).toMatchObject({ at: later(START, TERMS.ackTimeoutMs) })
    expect(effects[0]).toMatchObject({ order: { id: ID, status: 'submitting', sends: 1 } })
  })

  it('sends the same order again after 0.5 s, then 1, 2, 4 … at most 30 s while it is timely', () => {
    const waits: number[] = []
    let order = through('send')
    for (let round = 0; round < 9; round += 1) {
      const lost = step(order, { kind: 'unanswered', reason: 'TIMEOUT', at: START })
      const timer = lost.effects.find((effect) => effect.type === 'schedule')!
      waits.push(timer.at - START)
      const again = step(lost.order, { kind: 'deadline', at: START })
      const sent = again.effects.find((effect) => effect.type === 'submit')!
      expect(sent.order.id).toBe(ID)
      expect(sent.order.bodyHash).toBe(fresh.bodyHash)
      expect(again.order.sends).toBe(round + 2)
      order = again.order
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  })

  it('stops sending at the last moment and asks for the promise never to accept, less and less often', () => {
    let order = through('send', 'unanswered')
    const waits: number[] = []
    for (let round = 0; round < 8; round += 1) {
      const { order: next, effects } = step(order, { kind: 'deadline', at: NOT_AFTER })
      expect(types(effects).filter((type) => type === 'submit' || type === 'never')).toEqual(['never'])
      expect(next.status).toBe('unknown')
      waits.push(effects.find((effect) => effect.type === 'schedule')!.at - NOT_AFTER)
      order = next
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
    expect(order.sends).toBe(1)
    expect(types(step(order, ALPHABET['late unseen']!(NOT_AFTER)).effects)).toContain('never')
    const given = step(order, { kind: 'promised', at: NOT_AFTER }).order
    expect(given).toMatchObject({ status: 'abandoned', closedAt: NOT_AFTER, reason: 'TIMEOUT' })
    expect(isComplete(given)).toBe(true)
  })

  it('still sends one millisecond before the last moment', () => {
    const order = through('send', 'unanswered')
    const { effects } = step(order, { kind: 'deadline', at: later(NOT_AFTER, -1) })
    expect(types(effects)).toContain('submit')
  })

  it('asks and cancels again when a cancel is not answered, from 0.5 s even after a troubled submit', () => {
    const order = through('send', 'unanswered', 'deadline', 'unanswered', 'accepted')
    const first = step(order, { kind: 'cancel', at: START })
    expect(types(first.effects)).toEqual(['cancel', 'schedule'])
    expect(first.effects[1]).toMatchObject({ at: later(START, 500) })
    const again = step(first.order, { kind: 'deadline', at: START })
    expect(types(again.effects).filter((type) => !type.endsWith('schedule'))).toEqual(['query', 'cancel'])
    expect(again.effects.at(-1)).toMatchObject({ type: 'schedule', at: later(START, 1_000) })
  })

  it('asks for the promise when the venue has never seen an order that is being cancelled', () => {
    const order = through('send', 'cancel')
    expect(types(step(order, ALPHABET.unseen!(START)).effects)).toEqual(['never'])
  })

  it('waits for the fills a terminal report has named before it is complete', () => {
    const told = through('send', 'says filled')
    expect(told).toMatchObject({ status: 'filled', closedAt: START })
    expect(isComplete(told)).toBe(false)
    const part = step(told, ALPHABET['part fill']!(START)).order
    expect(isComplete(part)).toBe(false)
    const rest = step(part, { kind: 'fill', execution: fillOf('6'), at: START }).order
    expect(isComplete(rest)).toBe(true)
    expect(rest.status).toBe('filled')
  })

  it('waits no longer for fills that were taken back before a late report named them, once the venue says so', () => {
    const taken = fillOf('4')
    const open = step(through('send', 'accepted'), { kind: 'fill', execution: taken, at: START }).order
    const without = step(open, { kind: 'bust', execution: taken, reason: 'erroneous', at: START }).order
    const late = step(without, { ...reported('cancelled', '4'), at: START }).order
    expect(isComplete(late)).toBe(false)
    // Another word than what is booked is not the last one.
    const unheard = step(late, { ...reported('cancelled', '2'), at: START }).order
    expect(isComplete(unheard)).toBe(false)
    const told = step(unheard, { ...reported('cancelled', '0'), at: START }).order
    expect([isComplete(told), told.status, told.closedAt]).toEqual([true, 'cancelled', START])
    expect(step(told, { ...reported('cancelled', '4'), at: START }).order).toEqual(told)
  })

  it('still waits for the fills its end named when an answer of the time before that end comes after it', () => {
    const late = through('send', 'part fill', 'says cancelled')
    const told = { ...late, reported: quantity('9') }
    expect(isComplete(told)).toBe(false)
    const stale = step(told, { ...reported('accepted', told.cumulative.toFixed()), at: START }).order
    expect([isComplete(stale), stale]).toEqual([false, told])
  })

  it('is complete at once when it was cancelled after the fills it names', () => {
    const order = through('send', 'part fill', 'says cancelled')
    expect(isComplete(order)).toBe(true)
    expect(remaining(order).isZero()).toBe(true)
  })

  it('keeps no reason of an earlier silence once the venue has taken it', () => {
    expect(through('send', 'unanswered').reason).toBe('TIMEOUT')
    expect(through('send', 'unanswered', 'accepted').reason).toBe('')
    expect(through('send', 'unanswered', 'full fill')).toMatchObject({ status: 'filled', reason: '' })
    expect(through('send', 'rejected')).toMatchObject({ status: 'rejected', reason: 'no' })
  })

  it('fills by executions alone, the venue never having answered', () => {
    const order = through('send', 'deadline', 'part fill', 'part fill', 'part fill')
    expect(order.status).toBe('filled')
    expect(order.cumulative.toFixed()).toBe('12')
    expect(isComplete(order)).toBe(true)
  })
})

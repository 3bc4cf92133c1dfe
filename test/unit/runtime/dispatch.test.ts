import { describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { type RestraintScope, restraintKey } from '#domain/permission/restraint.js'
import type { Request } from '#domain/portfolio/effect.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Gateway, OrderReport } from '#ports/gateway.js'
import { silentLog } from '#ports/log.js'
import { Dispatcher } from '#runtime/dispatch.js'
import { Fault } from '#units/fault.js'
import { instrumentId } from '#units/ids.js'
import { noQuantity, quantity } from '#units/money.js'
import { START, targets, viewAt } from '../../machine/fixtures.js'
import { World } from '../../machine/world.js'
import { CORE } from './fixtures.js'

const world = World.funded({ submit: () => [] }).rebalance()
const submit = world.history.flatMap(({ effects }) => effects).find((effect) => effect.type === 'submit')!
const id = submit.order.id
const report: OrderReport = { orderId: id, status: 'accepted', cumulative: noQuantity, reason: '', at: START }

/** What the engine was told of another owner. */
const fenced: string[] = []

/** Carries out one request against a scripted gateway and gives the facts that came of it. */
async function carryOut(
  request: Request,
  gateway: Partial<Gateway>,
  log = silentLog,
  snapshot: PortfolioSnapshot = world.snapshot,
  killed: () => string | null = () => null,
  prices: Readonly<Record<string, string>> = {},
) {
  const answers: { fact: PortfolioFact; cause: string; key: string }[] = []
  const dispatcher = new Dispatcher({
    gateway: gateway as Gateway,
    market: {
      view: (at) => ({
        ...viewAt(at, prices),
        quotes: { ...viewAt(at, prices).quotes, ...{ ZZZ: viewAt(at).quotes } } as never,
      }),
      sessions: () => [],
    },
    clock: virtualClock(START),
    targeting: async () => targets({ AAA: 1 }),
    log,
    snapshot: () => snapshot,
    killed,
    fenced: (_portfolio, reason) => void fenced.push(reason),
    answer: async (_portfolio, fact, cause, key) => void answers.push({ fact, cause, key }),
  })
  dispatcher.perform(CORE, request)
  expect(dispatcher.idle()).toBe(false)
  while (!dispatcher.idle()) await new Promise((turn) => setImmediate(turn))
  return answers
}
const newsOf = async (request: Request, gateway: Partial<Gateway>) => {
  const [answer] = await carryOut(request, gateway)
  expect(answer).toMatchObject({ cause: id, key: `${request.type}:${id}`, fact: { type: 'orderNews', orderId: id } })
  return answer?.fact.type === 'orderNews' ? answer.fact.news : undefined
}
const asks = (type: 'cancel' | 'query' | 'never'): Request => ({ type, orderId: id })

describe('carrying out requests', () => {
  it('turns every fault of a gateway into no answer', async () => {
    const faults = ['NO_RESPONDERS', 'TIMEOUT', 'STALE_EPOCH', 'VENUE_WRITE_FAILED']
    for (const code of faults) {
      const fail = () => Promise.reject(new Fault(code, 'why', 'ask-first'))
      for (const request of [submit, asks('cancel'), asks('query'), asks('never')]) {
        const news = await newsOf(request, { submit: fail, cancel: fail, query: fail, never: fail })
        expect(news).toEqual({ kind: 'unanswered', reason: `${code}: why` })
      }
    }
  })

  it('sends what has waited for people only while its price is fresh', async () => {
    const { value, context } = world.snapshot
    const run = { ...context.run!, approval: { decisions: [] } as never }
    const waited = { value, context: { ...context, run } }
    const gateway = { submit: async () => ({ kind: 'accepted' as const }) }
    const gone = { [submit.order.body.instrument]: '' }
    const sent = async (snapshot: PortfolioSnapshot, prices: Readonly<Record<string, string>>) => {
      const [answer] = await carryOut(submit, gateway, silentLog, snapshot, () => null, prices)
      return answer?.fact.type === 'orderNews' ? answer.fact.news : undefined
    }
    expect(await sent(waited, {})).toEqual({ kind: 'accepted' })
    expect(await sent(world.snapshot, gone)).toEqual({ kind: 'accepted' })
    expect(await sent(waited, gone)).toEqual({
      kind: 'unanswered',
      reason: `not sent: ${submit.order.body.instrument} has no price`,
    })
  })

  it('reads each answer to a submit', async () => {
    expect(await newsOf(submit, { submit: async () => ({ kind: 'accepted' }) })).toEqual({ kind: 'accepted' })
    const rejected = { kind: 'rejected', reason: 'restricted' } as const
    expect(await newsOf(submit, { submit: async () => rejected })).toEqual(rejected)
    const news = await newsOf(submit, {
      submit: async () => ({ kind: 'duplicate', report: { ...report, status: 'filled' } }),
    })
    expect(news).toEqual({ kind: 'reported', status: 'filled', cumulative: noQuantity, reason: '' })
  })

  it('reads each answer to a query and to the wish for a promise', async () => {
    const reported = { kind: 'reported', status: 'accepted', cumulative: noQuantity, reason: '' }
    expect(await newsOf(asks('query'), { query: async () => ({ kind: 'unknown' }) })).toEqual({ kind: 'unseen' })
    expect(await newsOf(asks('query'), { query: async () => ({ kind: 'known', report }) })).toEqual(reported)
    expect(await newsOf(asks('never'), { never: async () => ({ kind: 'promised' }) })).toEqual({ kind: 'promised' })
    expect(await newsOf(asks('never'), { never: async () => ({ kind: 'known', report }) })).toEqual(reported)
  })

  it('does not take a refusal to understand as the end of an order: an earlier copy may be live', async () => {
    const invalid = () => Promise.reject(new Fault('INVALID', 'leg: too long', 'never'))
    expect(await newsOf(submit, { submit: invalid })).toMatchObject({ kind: 'unanswered' })
  })

  it.each([
    ['reducing', 0],
    ['halted', 0],
    ['paused', 1],
    ['active', 1],
  ] as const)('of a %s portfolio sends a buy left from before a crash %d times', async (permission, times) => {
    expect(submit.order.body.side).toBe('buy')
    let sent = 0
    const taken = async () => {
      sent += 1
      return { kind: 'accepted' } as const
    }
    const { value } = world.snapshot
    const overtaken = { ...world.snapshot, value: { ...value, permission } }
    const [answer] = await carryOut(submit, { submit: taken }, silentLog, overtaken)
    expect(sent).toBe(times)
    expect(answer?.fact).toMatchObject({ news: { kind: times === 0 ? 'unanswered' : 'accepted' } })
  })

  const sale: Request = { ...submit, order: { ...submit.order, body: { ...submit.order.body, side: 'sell' } } }
  const name = submit.order.body.instrument
  /** The books with this many times the order's quantity of its name. */
  const holding = (times: string) => {
    const { book } = world.snapshot.context
    const held = { quantity: quantity(submit.order.body.quantity.times(times)), lots: [] }
    return { book: { ...book, positions: { [name]: held } } }
  }
  const on = (scope: RestraintScope, to: 'reducing' | 'halted') =>
    ({ [restraintKey(scope)]: { scope, to, actor: 'ann', reason: 'why', at: START } }) as const
  const sends = async (
    request: Request,
    changed: Partial<PortfolioSnapshot['context']>,
    permission = 'active',
    killed?: string,
  ) => {
    let sent = 0
    const taken = async () => {
      sent += 1
      return { kind: 'accepted' } as const
    }
    const value = { ...world.snapshot.value, permission } as PortfolioSnapshot['value']
    const now = { value, context: { ...world.snapshot.context, ...changed } }
    const [answer] = await carryOut(request, { submit: taken }, silentLog, now, () => killed ?? null)
    expect(answer?.fact).toMatchObject({ news: { kind: sent === 0 ? 'unanswered' : 'accepted' } })
    return sent
  }

  it.each([
    ['sell', '1', 1],
    ['sell', '0.5', 0],
    ['sell', '-1', 0],
    ['buy', '-1', 1],
    ['buy', '-0.5', 0],
    ['buy', '1', 0],
  ] as const)('while reducing, a %s of one with %s held is sent %d times', async (side, held, times) => {
    const request = side === 'sell' ? sale : submit
    expect(await sends(request, holding(held), 'reducing')).toBe(times)
    for (const scope of [{ kind: 'firm' }, { kind: 'instrument', instrument: name, firm: true }] as const)
      expect(await sends(request, { ...holding(held), restraints: on(scope, 'reducing') })).toBe(times)
  })

  it('sends nothing, sales neither, once trading is halted: by permission, firm-wide, by name or by the kill file', async () => {
    expect(await sends(sale, {})).toBe(1)
    expect(await sends(sale, holding('1'), 'reducing')).toBe(1)
    expect(await sends(sale, {}, 'halted')).toBe(0)
    expect(await sends(sale, {}, 'active', 'fire drill')).toBe(0)
    for (const scope of [
      { kind: 'firm' },
      { kind: 'instrument', instrument: name, firm: true },
      { kind: 'instrument', instrument: name, firm: false },
    ] as const) {
      expect(await sends(sale, { restraints: on(scope, 'halted') })).toBe(0)
      expect(await sends(sale, { restraints: on(scope, 'reducing'), ...holding('1') })).toBe(1)
      expect(await sends(submit, { restraints: on(scope, 'reducing') })).toBe(0)
    }
    const other = { kind: 'instrument', instrument: instrumentId('ZZZ'), firm: true } as const
    expect(await sends(sale, { restraints: on(other, 'halted') })).toBe(1)
  })

  it('sends nothing after its last moment, nor again on a price that nobody has heard since', async () => {
    const taken = async () => ({ kind: 'accepted' }) as const
    const late = { ...submit, order: { ...submit.order, body: { ...submit.order.body, notAfter: START } } }
    expect(await newsOf(late as Request, { submit: taken })).toEqual({
      kind: 'unanswered',
      reason: 'not sent: it is too late for it',
    })
    const { body } = submit.order
    const unpriced = { ...submit, order: { ...submit.order, sends: 2, body: { ...body, instrument: 'NONE' as never } } }
    expect(await newsOf(unpriced as Request, { submit: taken })).toEqual({
      kind: 'unanswered',
      reason: 'not sent: NONE has no price',
    })
  })

  it('tells the engine of another owner and of nothing else', async () => {
    fenced.length = 0
    for (const code of ['TIMEOUT', 'NO_RESPONDERS', 'DISCONNECTED', 'STALE_EPOCH'])
      await carryOut(submit, { submit: () => Promise.reject(new Fault(code, `${code}!`, 'ask-first')) })
    expect(fenced).toEqual(['STALE_EPOCH!'])
  })

  it('asks what became of an order it cancelled', async () => {
    const calls: string[] = []
    const news = await newsOf(asks('cancel'), {
      cancel: async (_portfolio, _id, epoch) => void calls.push(`cancel at ${epoch}`),
      query: async () => {
        calls.push('query')
        return { kind: 'known', report: { ...report, status: 'cancelled' } }
      },
    })
    expect(calls).toEqual(['cancel at 1', 'query'])
    expect(news).toMatchObject({ kind: 'reported', status: 'cancelled' })
  })

  it('answers a solve with targets and a look with the prices of the universe alone', async () => {
    const [solved] = await carryOut({ type: 'solve', request: 'R-1', run: world.run.id, held: {} }, {})
    expect(solved).toMatchObject({
      key: 'solve:R-1',
      cause: 'R-1',
      fact: { type: 'solved', answer: { kind: 'targets' } },
    })
    const [observed] = await carryOut({ type: 'observe', request: 'R-1.1' }, {})
    if (observed?.fact.type !== 'observed') throw new Error('not observed')
    expect(observed.key).toBe('observe:R-1.1')
    expect(Object.keys(observed.fact.view.quotes)).toEqual(['AAA', 'BBB', 'CCC'])
  })

  it('logs what is no fault of the world and leaves the order to its deadline', async () => {
    const lines: string[] = []
    const log = {
      ...silentLog,
      warn: (fields: Readonly<Record<string, unknown>>) => void lines.push(String(fields.error)),
    }
    const answers = await carryOut(submit, { submit: () => Promise.reject(new TypeError('a bug')) }, log)
    expect(answers).toEqual([])
    expect(lines).toEqual(['TypeError: a bug'])
  })
})

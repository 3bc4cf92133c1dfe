// Decoders of every subject, each with a valid sample, its shape written down once more by hand for ajv, and the way back.
import { randomUUID } from 'node:crypto'
import { Ajv } from 'ajv'
import {
  bustMessage,
  exec,
  executionMessage,
  reportMessage,
  termsMessage,
  ticketMessage,
} from '../../dist/src/adapters/wire/exec.js'
import { barMessage, heartbeatMessage, historyExchange, sessionMessage } from '../../dist/src/adapters/wire/market.js'
import { readValue } from '../../dist/src/adapters/wire/read.js'
import { tickExchange } from '../../dist/src/adapters/wire/sim.js'
import { control, questionExchange } from '../../dist/src/daemon/control/messages.js'
import { bodyHash } from '../../dist/src/domain/order.js'
import { runId } from '../../dist/src/units/ids.js'
import { price, quantity } from '../../dist/src/units/money.js'
import { mutated, scratched } from './random.mjs'

const text = (pattern) => ({ type: 'string', pattern })
const upTo = (most, least = 0) => ({ type: 'string', maxLength: most, minLength: least })
const whole = (minimum, maximum = Number.MAX_SAFE_INTEGER) => ({ type: 'integer', minimum, maximum })
const oneOf = (...values) => ({ enum: values })
const orNull = (shape) => ({ anyOf: [shape, { type: 'null' }] })
const list = (items, more = {}) => ({ type: 'array', items, ...more })
const any = {}

const DECIMAL = text('^-?\\d{1,40}(\\.\\d{1,40})?$')
const POSITIVE = text('^(?=.*[1-9])\\d{1,40}(\\.\\d{1,40})?$')
const NOT_NEGATIVE = text('^(\\d{1,40}(\\.\\d{1,40})?|-0{1,40}(\\.0{1,40})?)$')
const ORDER = text('^[A-Z2-7]{26}$')
const PORTFOLIO = text('^[A-Za-z0-9_-]{1,32}$')
const INSTRUMENT = text('^[A-Za-z0-9._-]{1,32}$')
const PRINTABLE = text('^[!-~]{1,64}$')
const DAY = { type: 'string', format: 'day' }
const INSTANT = { type: 'string', format: 'instant' }
const HASH = text('^[0-9a-f]{64}$')
const RUN = text('^R-[1-9]\\d{0,11}$')
const SIDE = oneOf('buy', 'sell')
const BARS = oneOf('1m', '1d', '1mo')
const REASON = upTo(200)

const ajv = new Ajv({ strict: false, formats: { day: isDay, instant: isInstant } })

function isDay(given) {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(given) ?? []
  if (year === undefined || month < 1 || month > 12 || day < 1) return false
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
}

function isInstant(given) {
  const [, day, hour, minute, second] = /^(.{10})T(\d\d):(\d\d):(\d\d)\.\d{3}Z$/.exec(given) ?? []
  return day !== undefined && isDay(day) && hour < 24 && minute < 60 && second < 60
}

/** An object of these fields; those named in `optional` may be left out, others than these may only be there when `open`. */
const object = (properties, { optional = [], open = false } = {}) => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((key) => !optional.includes(key)),
  additionalProperties: open,
})
const open = (properties, optional = []) => object(properties, { optional, open: true })

const AT = '2026-03-02T21:00:00.000Z'
const iso = (ms) => new Date(ms).toISOString()
const same = (value) => value
const targets = []
const target = (name, schema, sample, shape, back = same) =>
  targets.push({ name, schema, sample, judge: ajv.compile(shape), back })

const execution = {
  ...{
    execution_id: 'X-1',
    client_order_id: 'A'.repeat(26),
    symbol: 'MSFT',
    side: 'buy',
    qty: '12.5',
    price: '301.25',
  },
  ...{ fee: '0.01', ts: AT, session: '2026-03-02', venue: 'paper' },
}
const EXECUTION = {
  ...{
    execution_id: PRINTABLE,
    client_order_id: ORDER,
    symbol: INSTRUMENT,
    side: SIDE,
    qty: POSITIVE,
    price: POSITIVE,
  },
  ...{ fee: NOT_NEGATIVE, ts: INSTANT, session: DAY, venue: upTo(32, 1) },
}
const report = { client_order_id: 'A'.repeat(26), status: 'filled', cum_qty: '12.5', reason: 'done', ts: AT }
const REPORT = {
  ...{ client_order_id: ORDER, status: oneOf('accepted', 'filled', 'cancelled', 'rejected', 'expired') },
  ...{ cum_qty: NOT_NEGATIVE, reason: REASON, ts: INSTANT },
}

const bust = { execution_id: 'X-1', client_order_id: 'A'.repeat(26), reason: 'a mistake', ts: AT }
const BUST = { execution_id: PRINTABLE, client_order_id: ORDER, reason: REASON, ts: INSTANT }

function execTargets() {
  const ticket = {
    ...{
      client_order_id: 'A'.repeat(26),
      body_hash: '',
      epoch: 3,
      portfolio: 'core',
      run: 'R-12',
      leg: 'sell:MSFT',
      attempt: 0,
    },
    ...{
      symbol: 'MSFT',
      side: 'sell',
      qty: '10',
      type: 'limit',
      limit: '300.5',
      arrival: '301',
      tif: 'day',
      not_after: AT,
    },
  }
  const probe = exec.submit.question.safeParse({ ...ticket, body_hash: '0'.repeat(64) })
  if (probe.success) throw new Error('a ticket with a wrong hash was taken')
  ticket.body_hash = hashOf(ticket)
  const TICKET = {
    ...{ client_order_id: ORDER, body_hash: HASH, epoch: whole(0), portfolio: PORTFOLIO, run: RUN, leg: PRINTABLE },
    ...{ attempt: whole(0), symbol: INSTRUMENT, side: SIDE, qty: POSITIVE, type: oneOf('limit'), limit: NOT_NEGATIVE },
    ...{ arrival: NOT_NEGATIVE, tif: oneOf('day'), not_after: INSTANT },
  }
  target('exec submit', exec.submit.question, ticket, object(TICKET), (out) => ticketMessage(out.ticket, out.epoch))
  const fenced = { portfolio: 'core', client_order_id: 'A'.repeat(26), epoch: 3 }
  const FENCED = { portfolio: PORTFOLIO, client_order_id: ORDER, epoch: whole(0) }
  for (const verb of ['cancel', 'never']) target(`exec ${verb}`, exec[verb].question, fenced, object(FENCED))
  const { epoch: _epoch, ...ofOrder } = fenced
  const { epoch: _shape, ...OF_ORDER } = FENCED
  target('exec query', exec.query.question, ofOrder, object(OF_ORDER))
  target(
    'exec fence',
    exec.fence.question,
    { portfolio: 'core', epoch: 3 },
    object({ portfolio: PORTFOLIO, epoch: whole(0) }),
  )
  target('exec account', exec.account.question, { portfolio: 'core' }, object({ portfolio: PORTFOLIO }))
  for (const [verb, most] of [
    ['holdings', 32],
    ['executions', 64],
  ])
    target(
      ...[`exec ${verb}`, exec[verb].question, { portfolio: 'core', after: 'X' }],
      object({ portfolio: PORTFOLIO, after: upTo(most) }, { optional: ['after'] }),
    )
  const level = oneOf('active', 'reducing', 'halted')
  const row = object({ symbol: INSTRUMENT, level: oneOf('reducing', 'halted') })
  target(
    ...['exec restrain', exec.restrain.question],
    {
      ...{ portfolio: 'core', epoch: 3, seq: 4, level: 'active', reason: '' },
      instruments: [{ symbol: 'MSFT', level: 'halted' }],
    },
    object({
      ...{ portfolio: PORTFOLIO, epoch: whole(0), seq: whole(0), level, reason: REASON },
      instruments: list(row, { maxItems: 500 }),
    }),
    (out) => termsMessage(out.portfolio, out.terms, out.epoch),
  )
  target('report execution', exec.executionReport.question, execution, object(EXECUTION), executionMessage)
  target('report bust', exec.bustReport.question, bust, object(BUST), bustMessage)
  target('report order', exec.orderReport.question, report, object(REPORT), reportMessage)
}

/** The hash a daemon would send with a ticket. */
function hashOf(ticket) {
  return bodyHash({
    ...{
      portfolio: ticket.portfolio,
      run: runId(Number(ticket.run.slice(2))),
      leg: ticket.leg,
      attempt: ticket.attempt,
      instrument: ticket.symbol,
    },
    ...{ side: ticket.side, type: ticket.type, timeInForce: ticket.tif, notAfter: Date.parse(ticket.not_after) },
    ...{ quantity: quantity(ticket.qty), limit: price(ticket.limit), arrival: price(ticket.arrival) },
  })
}

function answerTargets() {
  const again = (out) => (out.report === undefined ? out : { ...out, report: reportMessage(out.report) })
  const known = open({ status: oneOf('known'), report: open(REPORT) })
  const bare = (status) => open({ status: oneOf(status) })
  target(
    'exec query answer',
    exec.query.answer,
    { status: 'known', report },
    { anyOf: [known, bare('unknown')] },
    again,
  )
  target(
    'exec never answer',
    exec.never.answer,
    { status: 'known', report },
    { anyOf: [known, bare('promised')] },
    again,
  )
  const duplicate = open({ status: oneOf('duplicate'), report: open(REPORT) })
  const rejected = open({ status: oneOf('rejected'), reason: REASON })
  const submitted = { anyOf: [bare('accepted'), rejected, duplicate] }
  target('exec submit answer', exec.submit.answer, { status: 'duplicate', report }, submitted, again)
  const promises = ['idempotent', 'tombstones', 'replay']
  const SUPPORTS = open(Object.fromEntries(promises.map((name) => [name, { type: 'boolean' }])), promises)
  const account = { mode: 'paper', currency: 'USD', ts: AT }
  const ACCOUNT = {
    mode: oneOf('backtest', 'paper', 'live'),
    currency: text('^[A-Z]{3}$'),
    ts: INSTANT,
    supports: SUPPORTS,
  }
  target('exec account answer', exec.account.answer, account, open(ACCOUNT, ['supports']), (out) => ({
    ...out,
    ts: iso(out.ts),
  }))
  const held = open({ symbol: INSTRUMENT, qty: DECIMAL })
  target(
    ...['exec holdings answer', exec.holdings.answer],
    { as_of: '7', fees: '1.25', cash: '-3', items: [{ symbol: 'MSFT', qty: '-3' }], next: null },
    open({ as_of: upTo(64), fees: DECIMAL, cash: DECIMAL, items: list(held), next: orNull(INSTRUMENT) }),
  )
  const item = open({ mark: upTo(64, 1), execution: open(EXECUTION), bust: open(BUST) }, ['bust'])
  const itemBack = ({ bust: taken, ...rest }) => ({
    ...{ ...rest, execution: executionMessage(rest.execution) },
    ...(taken === undefined ? {} : { bust: bustMessage(taken) }),
  })
  target(
    ...['exec executions answer', exec.executions.answer, { items: [{ mark: '1', execution, bust }], next: '1' }],
    open({ items: list(item), next: orNull(upTo(64, 1)) }),
    (out) => ({ ...out, items: out.items.map(itemBack) }),
  )
}

function marketTargets() {
  const feed = { feed: 'replay', run: 'abc' }
  const FEED = { feed: upTo(32, 1), run: upTo(32, 1) }
  const timed = (out) => ({ ...out, ts: iso(out.ts) })
  target(
    ...['bar', barMessage, { ...feed, number: 3, symbol: 'MSFT', session: '2026-03-02', ts: AT, close: '301.5' }],
    object({ ...FEED, number: whole(1), symbol: INSTRUMENT, session: DAY, ts: INSTANT, close: upTo(64) }),
    timed,
  )
  target(
    ...['session', sessionMessage, { ...feed, number: 3, session: '2026-03-02', ts: AT, bars: 2 }],
    object({ ...FEED, number: whole(1), session: DAY, ts: INSTANT, bars: whole(0) }),
    timed,
  )
  target(
    ...['heartbeat', heartbeatMessage, { ...feed, bar_size: '1d', latest: 3, ts: AT }],
    object({ ...FEED, bar_size: BARS, latest: whole(0), ts: INSTANT }),
    timed,
  )
  target('history', historyExchange.question, { after: 3 }, object({ after: whole(0) }))
  const close = { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 }
  target(
    ...['history answer', historyExchange.answer],
    { ...feed, sessions: [{ number: 1, session: '2026-03-02', ts: AT, closes: [['MSFT', '301.5']] }], latest: 1 },
    open({
      ...FEED,
      sessions: list(open({ number: whole(1), session: DAY, ts: INSTANT, closes: list(close) })),
      latest: whole(0),
    }),
    (out) => ({ ...out, sessions: out.sessions.map(timed) }),
  )
  target(
    ...['tick', tickExchange.question, { ts: AT, phase: 'bars', session: 3 }],
    object({ ts: INSTANT, phase: oneOf('time', 'bars', 'pulse', 'mark'), session: whole(0) }),
    timed,
  )
}

function controlTargets() {
  const said = (most) => ({ type: 'string', maxLength: most, pattern: '\\S' })
  const by = { request_id: randomUUID(), actor: 'j.doe', reason: 'why not', dry_run: false }
  const UUID = text(
    '^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}|0{8}-0{4}-0{4}-0{4}-0{12}|[fF]{8}-[fF]{4}-[fF]{4}-[fF]{4}-[fF]{12})$',
  )
  const BY = { request_id: UUID, actor: said(64), reason: said(500), dry_run: { type: 'boolean' }, signature: any }
  const optional = ['dry_run', 'signature']
  for (const verb of ['reload', 'permit', 'run'])
    target(`control ${verb}`, control[verb].question, by, object(BY, { optional }))
  target(
    'control rebalance',
    control.rebalance.question,
    { ...by, to: 'target' },
    object({ ...BY, to: oneOf('target') }, { optional: [...optional, 'to'] }),
  )
  target(
    'control halt',
    control.halt.question,
    { scope: 'all', ...by },
    object({ scope: oneOf('all'), ...BY }, { optional }),
  )
  const CENTS = text('^(?=.*[1-9])\\d{1,40}(\\.\\d{1,2}0*)?$')
  for (const verb of ['cash', 'cashRun'])
    target(
      `control ${verb}`,
      control[verb].question,
      { ...by, amount: '25.50' },
      object({ ...BY, amount: CENTS }, { optional }),
    )
  target(
    'control decide',
    control.decide.question,
    { ...by, run: 'R-12', plan: 'ab'.repeat(32) },
    object({ ...BY, run: RUN, plan: HASH }, { optional }),
  )
  target('control health', control.health.question, {}, object({}))
  const part = { chunk: 0, digest: null }
  const PART = { chunk: whole(0, 400), digest: orNull(HASH) }
  const parts = { optional: ['chunk', 'digest'] }
  for (const verb of ['list', 'reconcile']) target(`control ${verb}`, control[verb].question, part, object(PART, parts))
  const asked = {
    status: [{}, {}],
    plan: [
      { actor: 'pm', reason: 'look' },
      { actor: said(64), reason: said(500) },
    ],
    explain: [
      { what: 'MSFT', limit: 4 },
      { what: upTo(64, 1), limit: whole(1, 10_000) },
    ],
    'run-show': [{ run: 'R-1' }, { run: upTo(16, 1) }],
    orders: [{ open: true }, { open: { type: 'boolean' } }],
    journal: [
      { from: 1, limit: 10 },
      { from: orNull(whole(1)), limit: whole(1, 1_000_000_000) },
    ],
  }
  for (const [query, [sample, shape]] of Object.entries(asked))
    target(
      `question ${query}`,
      questionExchange(query).question,
      { ...part, ...sample },
      object({ ...PART, ...shape }, parts),
    )
}

execTargets()
answerTargets()
marketTargets()
controlTargets()

const written = (value) => JSON.stringify(value)

/** What is wrong with how a decoder took a text; null when nothing is. `accepted` says whether it took it. */
function faultOf({ schema, judge, back }, body) {
  let value
  try {
    value = JSON.parse(body)
  } catch {
    value = undefined
  }
  const read = readValue(schema, value)
  if (!read.success) return { accepted: false, fault: null }
  if (!judge(value)) return { accepted: true, fault: `taken against its shape: ${ajv.errorsText(judge.errors)}` }
  const again = schema.safeParse(JSON.parse(written(back(read.data))))
  if (!again.success) return { accepted: true, fault: 'what was taken is refused when written again' }
  const equal = written(back(again.data)) === written(back(read.data)) && written(again.data) === written(read.data)
  return { accepted: true, fault: equal ? null : 'what was taken is another value when written again' }
}

/** Sends mutated and broken messages to every decoder in turn. */
export function fuzzWire(random, count) {
  for (const one of targets) {
    const { accepted, fault } = faultOf(one, written(one.sample))
    if (!accepted || fault !== null) throw new Error(`the sample of ${one.name} is not taken: ${fault}`)
  }
  const tally = { messages: count, subjects: targets.length, accepted: 0, faults: [] }
  for (let n = 0; n < count; n += 1) {
    const one = targets[n % targets.length]
    let body = written(random.once(16) ? one.sample : mutated(random, one.sample)) ?? 'null'
    if (random.once(4)) for (let times = 1 + random.below(3); times > 0; times -= 1) body = scratched(random, body)
    let outcome
    try {
      outcome = faultOf(one, body)
    } catch (error) {
      outcome = { accepted: false, fault: `threw ${error.stack}` }
    }
    if (outcome.accepted) tally.accepted += 1
    if (outcome.fault !== null && tally.faults.length < 20)
      tally.faults.push({ target: one.name, body, fault: outcome.fault })
  }
  return tally
}

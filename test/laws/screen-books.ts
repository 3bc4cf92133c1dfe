import fc from 'fast-check'
import { valuation } from '#domain/book/valuation.js'
import type { Deferral } from '#domain/deferral.js'
import { widthOf } from '#domain/drift.js'
import { specsOf } from '#domain/instrument/registry.js'
import type { DriftBand, TriggerPolicy } from '#domain/policy.js'
import type { TriggerMemory } from '#domain/portfolio/state.js'
import type { Run } from '#domain/run.js'
import { Decimal } from '#units/decimal.js'
import { money, price, quantity } from '#units/money.js'
import { instant, later, sessionDate } from '#units/time.js'
import { monthly, schedule } from '../unit/domain/calendar/calendars.js'
import { byId, equity } from '../unit/domain/targets/fixtures.js'
import { book, type Command, changing, NAMES, name, prices, START, worth } from './screen-world.js'

/** Whole shares mostly, and some that make long sums. */
const shares = fc.constantFrom('0', '1', '9', '10', '12', '0.333333333333333333', '-3', '40', '1e-7', '8.1')
const weight = fc.oneof(
  fc.constantFrom(0, 0.225, 0.25, 0.005, -0.1, 1e-13),
  fc.integer({ min: 0, max: 24 }).map((n) => n / 40),
)
const width = fc.constantFrom(0, 0.025, 0.05, 0.1, 0.25, 0.5, 1e-11)

const traded = fc.tuple(book, name, shares, prices).map(([at, of, units, text]) =>
  changing((state) => {
    const cost = price(text)
    const held = {
      quantity: quantity(units),
      lots: [{ quantity: quantity(units), unitCost: cost, opened: START.session }],
    }
    return { ...state, book: { ...state.book, positions: { ...state.book.positions, [of]: held } } }
  }, at),
)

const closed = fc.tuple(book, name).map(([at, of]) =>
  changing((state) => {
    const { [of]: _gone, ...positions } = state.book.positions
    return { ...state, book: { ...state.book, positions } }
  }, at),
)

const paid = fc.tuple(book, fc.constantFrom('100', '10', '0', '-250', '99999', '0.01', '-1e31')).map(([at, cash]) =>
  changing((state) => {
    const memory = { ...state.memory, depositPending: true }
    return { ...state, memory, book: { ...state.book, accounts: { ...state.book.accounts, cash: money(cash) } } }
  }, at),
)

/** Cash that makes a portfolio worth 1000, so that gaps are multiples of its shares. */
const rounded = book.map(
  (at): Command =>
    (world) =>
      worth(world, at, new Decimal('1000')),
)

/** How far beside a limit a weight is put, as a fraction of equity. */
const besides = fc.constantFrom(
  '0',
  '1e-9',
  '-1e-9',
  '5e-10',
  '-5e-10',
  '1e-12',
  '-1e-12',
  '2e-12',
  '-2e-12',
  '1e-17',
  '-1e-17',
)

/** Cash by which one weight is at its limit or next to it, where floats and decimals part. */
const edged = fc.tuple(book, name, fc.boolean(), besides).map(
  ([at, of, upper, beside]): Command =>
    (world) => {
      const state = world.states[at]!
      const { drift } = state.policy.triggers
      const value = valuation(state.book, world.view, specsOf(state.policy.universe)).values[of]
      if (drift === null || state.effective === null || value === undefined || value.isZero()) return
      const target = state.effective.weights[of] ?? 0
      const far = widthOf(target, drift, of)
      const limit = new Decimal(String(target)).plus(upper ? String(far) : String(-far)).plus(beside)
      if (!limit.isZero()) worth(world, at, value.div(limit))
    },
)

/** Books worth next to nothing between long and short, and targets that are what is held or a band beside it. */
const levered = fc.tuple(book, name, fc.constantFrom('1e-3', '1e-5', '1e-7', '0.7', '1000'), fc.boolean(), besides).map(
  ([at, of, aim, upper, beside]): Command =>
    (world) => {
      worth(world, at, new Decimal(aim))
      const state = world.states[at]!
      const { drift } = state.policy.triggers
      const { weights, cashWeight } = valuation(state.book, world.view, specsOf(state.policy.universe))
      const held = weights[of]
      if (drift === null || held === undefined) return
      const far = widthOf(held, drift, of) + Number(beside)
      const effective = { weights: { ...weights, [of]: upper ? held + far : held - far }, cash: cashWeight }
      changing((before) => ({ ...before, effective }), at)(world)
    },
)

const targeted = fc
  .tuple(book, fc.option(fc.array(fc.tuple(name, weight), { maxLength: 5 }), { freq: 6, nil: null }), weight)
  .map(([at, weights, cash]) =>
    changing(
      (state) => ({
        ...state,
        effective: weights === null ? null : { weights: byId(Object.fromEntries(weights)), cash },
      }),
      at,
    ),
  )

const band: fc.Arbitrary<DriftBand> = fc.record({
  type: fc.constantFrom('absolute', 'relative'),
  band: width,
  relativeFloor: fc.constantFrom(0, 0.01, 0.225),
  perInstrument: fc.array(fc.tuple(name, width), { maxLength: 2 }).map((rows) => byId(Object.fromEntries(rows))),
  includeCash: fc.boolean(),
})

const daily = { every: 'daily', at: '10:00', exchange: 'XNYS', missed: 'fire-once' } as const

const triggers: fc.Arbitrary<Partial<TriggerPolicy>> = fc.oneof(
  { weight: 4, arbitrary: band.map((drift) => ({ drift })) },
  fc.constantFrom<Partial<TriggerPolicy>>(
    { drift: null },
    { calendar: null },
    { calendar: { every: 'monthly', day: 15 } },
    { calendar: daily },
    { calendar: { ...daily, every: 'weekly', weekday: 'thursday', nonTradingDay: 'following' } },
    { calendar: monthly(2) },
    { calendar: schedule({ every: 'daily', exchange: '24/7', at: '15:00' }) },
    { cash: null },
    { cash: { minInvest: money('50') } },
    { maxRunsPerDay: 2 },
  ),
)

const ruled = fc
  .tuple(book, triggers)
  .map(([at, changes]) =>
    changing(
      (state) => ({ ...state, policy: { ...state.policy, triggers: { ...state.policy.triggers, ...changes } } }),
      at,
    ),
  )

/** Another universe: of fewer names, one of them perhaps of another contract size. */
const bounded = fc
  .tuple(book, fc.subarray(NAMES, { minLength: 1 }), fc.constantFrom('1', '1', '10', '0.1'))
  .map(([at, names, multiplier]) =>
    changing((state) => {
      const universe = names.map((of, index) => equity(of, index === 0 ? { multiplier } : {}))
      return { ...state, policy: { ...state.policy, universe } }
    }, at),
  )

const memory: fc.Arbitrary<Partial<TriggerMemory> | number> = fc.constantFrom<Partial<TriggerMemory> | number>(
  { targetsChanged: true },
  { targetsChanged: false, depositPending: false },
  { calendarPeriod: '2008-09' },
  { calendarPeriod: '2008-08' },
  { calendarPeriod: '' },
  { calendarPeriod: '2026-10' },
  { calendarPeriod: '2026-11-01' },
  { cooldownUntil: sessionDate('2008-09-14') },
  { cooldownUntil: null, runsToday: null },
  { runsToday: { session: sessionDate('2008-09-10'), count: 1 } },
  { lastViewAt: null },
  { deferred: { drift: putOff(60_000) } },
  { deferred: { targets: putOff(0), cash: putOff(3_600_000) } },
  { deferred: { calendar: putOff(-1) } },
  { outstanding: { names: NAMES.slice(0, 2), why: 'waits', through: sessionDate('2008-09-10') } },
  { outstanding: { names: NAMES.slice(0, 1), why: 'waits', through: sessionDate('2008-09-30') } },
  0,
  1_000,
)

/** A run that is put off until so long after the world begins. */
function putOff(ms: number): Deferral {
  return { why: 'put off', evidence: {}, until: later(START.at, ms) }
}

/** What triggers remember; a number is how long ago a run was triggered, milliseconds. */
const remembered = fc.tuple(book, memory).map(
  ([at, changes]): Command =>
    (world) => {
      const now = typeof changes === 'number' ? { lastViewAt: instant(world.view.at - changes) } : changes
      changing((state) => ({ ...state, memory: { ...state.memory, ...now } }), at)(world)
    },
)

/** All that was pending is done, as after a run. */
const calmed = book.map(
  (at): Command =>
    (world) => {
      const done = {
        targetsChanged: false,
        depositPending: false,
        calendarPeriod: '2009-12',
        cooldownUntil: null,
        runsToday: null,
      }
      changing((state) => ({ ...state, memory: { ...state.memory, ...done } }), at)(world)
    },
)

/** Limits that the market has broken: within their time, overdue, and overdue but tried in the session. */
const broken = fc.tuple(book, fc.constantFrom(1, 5), fc.boolean()).map(([at, sessions, tried]) => {
  const breach = {
    rule: 'position-limit',
    what: 'AAA',
    value: 0.3,
    max: 0.25,
    since: START.session,
    seen: START.session,
  }
  const breaches = [{ ...breach, sessions, ...(tried && { tried: START.session }) }]
  return changing((state) => ({ ...state, breaches }), at)
})

const running = fc
  .tuple(book, fc.constantFrom('BUYING', 'COMPLETED', null))
  .map(([at, status]) => changing((state) => ({ ...state, run: status === null ? null : ({ status } as Run) }), at))

/** A step that changes nothing the screen rests on. */
const marked = book.map((at) =>
  changing(
    (state) => ({ ...state, book: { ...state.book, nav: { ...state.book.nav, markedSession: START.session } } }),
    at,
  ),
)

/** What may happen to portfolios between two looks. */
export const bookCommands: readonly fc.WeightedArbitrary<Command>[] = [
  ...[traded, closed, paid, targeted, ruled, bounded, remembered, running, broken, marked].map((arbitrary) => ({
    weight: 1,
    arbitrary,
  })),
  { weight: 4, arbitrary: rounded },
  { weight: 4, arbitrary: edged },
  { weight: 2, arbitrary: levered },
  { weight: 5, arbitrary: calmed },
]

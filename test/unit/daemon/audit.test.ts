import { beforeAll, describe, expect, it } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import { assemble } from '#daemon/assemble.js'
import { audit } from '#daemon/audit.js'
import { measuring } from '#daemon/measure.js'
import { replay } from '#daemon/replay.js'
import { cashOf } from '#domain/book/book.js'
import type { Execution } from '#domain/book/events.js'
import { drawdown } from '#domain/book/evolve.js'
import type { CalendarPolicy } from '#domain/calendar/schedule.js'
import { unpaid } from '#domain/lifecycle/aiming.js'
import type { TriggerMemory } from '#domain/portfolio/state.js'
import type { Run } from '#domain/run.js'
import { silentLog } from '#ports/log.js'
import type { Labels, Metrics } from '#ports/metrics.js'
import type { Staged } from '#runtime/actor.js'
import { instrumentId, portfolioId } from '#units/ids.js'
import { later, sessionDate, toIso } from '#units/time.js'
import { policy } from '../../machine/fixtures.js'
import { simulatedPrices } from '../../support/prices.js'
import { freshDir } from '../../support/temp-dir.js'
import { monthly, schedule } from '../domain/calendar/calendars.js'

/** Measurements by name and labels: sums of counts, last gauges, numbers of observations. */
class Measured implements Metrics {
  readonly values = new Map<string, number>()

  count(name: string, labels: Labels = {}, by = 1): void {
    this.values.set(key(name, labels), this.of(name, labels) + by)
  }
  gauge(name: string, value: number, labels: Labels = {}): void {
    this.values.set(key(name, labels), value)
  }
  observe(name: string, value: number, labels: Labels = {}): void {
    if (!Number.isFinite(value)) throw new Error(`${name} is ${value}`)
    this.count(`${name} observed`, labels)
  }
  of(name: string, labels: Labels = {}): number {
    return this.values.get(key(name, labels)) ?? 0
  }
  /** Sum over all labels. */
  sum(name: string): number {
    return [...this.values].reduce((sum, [full, value]) => (full.startsWith(`${name} {`) ? sum + value : sum), 0)
  }
}
const key = (name: string, labels: Labels): string =>
  `${name} ${JSON.stringify(Object.entries(labels).sort())}`.replace('[', '{')

const portfolio = 'core'
const measured = new Measured()
const steps: Staged[] = []
const told: { readonly topic: string; readonly body: Record<string, unknown> }[] = []
let executions: readonly Execution[] = []
let runs: readonly Run[] = []

beforeAll(async () => {
  const { path, remove } = freshDir()
  const history = simulatedPrices({ seed: 5, instruments: ['AAA', 'BBB', 'CCC'], sessions: 60, volatility: 0.03 })
  const targets = {
    name: 'fixed',
    params: { weights: { AAA: 0.5, BBB: 0.4 }, cash: 0.1 },
    cashReserve: 0,
    minWeight: 0.001,
  }
  const assembly = await assemble({
    stateDir: path,
    policies: [policy({ targets, governance: [{ name: 'position-limit', params: { max: 0.48 } }] })],
    history,
    seed: 'audit',
    venue: { rejectInstruments: [], silentInstruments: [instrumentId('BBB')] },
    solver: nativeSolver(),
    log: silentLog,
    metrics: measured,
    onStep: (staged) => steps.push(staged),
    onFatal: (error) => {
      throw error
    },
  })
  assembly.bus.subscribe('ballast.v1.evt.core.>', ({ subject, body }) =>
    told.push({ topic: subject.split('.').at(-1)!, body: JSON.parse(body) as Record<string, unknown> }),
  )
  await replay(assembly, { history, speed: 0 })
  executions = assembly.journal.executions(steps[0]!.portfolio)
  runs = assembly.journal.runs(steps[0]!.portfolio)
  await assembly.close()
  remove()
})

describe('what is measured of a replay', () => {
  it('rests on enough of it', () => {
    expect(executions.length).toBeGreaterThan(5)
    expect(runs.length).toBeGreaterThan(1)
  })

  it('counts every entry, fill and ended run of the journal', () => {
    expect(measured.sum('ballast_journal_entries_total')).toBe(steps.length)
    for (const side of ['buy', 'sell'])
      expect(measured.of('ballast_fills_total', { portfolio, side })).toBe(
        executions.filter((row) => row.side === side).length,
      )
    expect(measured.sum('ballast_runs_total')).toBe(runs.length)
    const orders = runs.flatMap((run) => Object.values(run.orders))
    expect(measured.sum('ballast_orders_total')).toBe(orders.length)
    expect(measured.of('ballast_orders_total', { portfolio, side: 'buy', status: 'filled' })).toBe(
      orders.filter((order) => order.body.side === 'buy' && order.status === 'filled').length,
    )
  })

  it('counts runs that were cancelled because they did not pay, and no other', () => {
    const last = steps.findLast(({ after }) => after.context.run?.answer?.kind === 'targets')!
    const { run } = last.after.context
    const benefit = { holdingPeriods: 21, gain: 0.001, cost: 0.002, ratio: 1 }
    const figures = { ...benefit, return: { before: 0, after: 0 }, cvar: { before: 0.02, after: 0.02 } }
    const answer = { ...run!.answer!, evidence: { ...run!.answer!.evidence, benefit: figures } }
    const again = new Measured()
    const end = (outcome: string) => {
      const ended = { ...run!, answer, status: 'CANCELLED' as const, outcome }
      const after = { ...last.after, context: { ...last.after.context, run: ended } }
      const before = { ...after, context: { ...after.context, run: { ...ended, status: 'UNWINDING' as const } } }
      measuring(again)({ ...last, before, after })
    }
    end('no price for AAA')
    expect(again.values.has(key('ballast_runs_unpaid_total', { portfolio }))).toBe(false)
    end(unpaid({ ...run!, answer })!)
    expect(again.of('ballast_runs_unpaid_total', { portfolio })).toBe(1)
  })

  it('shows the books as they are at the end', () => {
    const { book } = steps.at(-1)!.after.context
    expect(measured.of('ballast_equity', { portfolio })).toBe(book.nav.equity.toNumber())
    expect(measured.of('ballast_cash', { portfolio })).toBe(cashOf(book).toNumber())
    expect(measured.of('ballast_drawdown_ratio', { portfolio })).toBe(drawdown(book))
    expect(measured.of('ballast_orders_open', { portfolio, status: 'open' })).toBe(0)
  })

  it('shows exactly one state and one permission', () => {
    expect(measured.sum('ballast_portfolio_state')).toBe(1)
    expect(measured.of('ballast_portfolio_state', { portfolio, state: 'watching' })).toBe(1)
    expect(measured.sum('ballast_trading_state')).toBe(1)
    expect(measured.of('ballast_trading_state', { portfolio, state: 'active' })).toBe(1)
  })

  it('shows the state of a portfolio again after a restart, at its first step and only then', () => {
    const again = new Measured()
    const measure = measuring(again)
    const last = steps.at(-1)!
    const staged = { ...last, before: last.after }
    measure(staged)
    expect(again.of('ballast_portfolio_state', { portfolio, state: 'watching' })).toBe(1)
    expect(again.values.get(key('ballast_portfolio_state', { portfolio, state: 'selling' }))).toBe(0)
    const entered = 'ballast_portfolio_state_entered_timestamp_seconds'
    expect(again.of(entered, { portfolio })).toBe(last.entry.at / 1000)
    measure({ ...staged, entry: { ...last.entry, at: later(last.entry.at, 60_000) } })
    expect(again.of(entered, { portfolio })).toBe(last.entry.at / 1000)
    const other = portfolioId('other')
    measure({ ...staged, portfolio: other })
    expect(again.of('ballast_portfolio_state', { portfolio: other, state: 'watching' })).toBe(1)
  })

  it('shows the books, the permission and the readiness of a portfolio again after a restart', () => {
    const again = new Measured()
    const last = steps.at(-1)!
    measuring(again)({ ...last, before: last.after })
    expect(again.of('ballast_equity', { portfolio })).toBe(last.after.context.book.nav.equity.toNumber())
    expect(again.of('ballast_trading_state', { portfolio, state: 'active' })).toBe(1)
    expect(again.of('ballast_portfolio_ready', { portfolio })).toBe(1)
    expect(again.of('ballast_orders_open', { portfolio, status: 'open' })).toBe(0)
  })

  it('shows a change of permission and of readiness at the step that makes it', () => {
    const again = new Measured()
    const measure = measuring(again)
    const last = steps.at(-1)!
    measure({ ...last, before: last.after })
    const value = { ...last.after.value, permission: 'halted', ownership: 'recovering' } as const
    measure({ ...last, before: last.after, after: { ...last.after, value } })
    expect(again.of('ballast_trading_state', { portfolio, state: 'halted' })).toBe(1)
    expect(again.of('ballast_trading_state', { portfolio, state: 'active' })).toBe(0)
    expect(again.of('ballast_portfolio_ready', { portfolio })).toBe(0)
  })

  it('tells a leg that governance cut from one it passed', () => {
    const legs = runs.flatMap((run) => run.plan?.legs ?? [])
    expect(measured.sum('ballast_governance_trades_total')).toBe(legs.length)
    expect(measured.of('ballast_governance_trades_total', { portfolio, result: 'resized' })).toBeGreaterThan(0)
  })
})

describe('what is told of a replay', () => {
  it('says every fill, every end of a run and every change of state once, with its place in the journal', () => {
    const of = (topic: string) => told.filter((row) => row.topic === topic)
    expect(of('fill').map(({ body }) => body.execution_id)).toEqual(executions.map((row) => row.id))
    expect(of('commit').length + of('rollback').length).toBe(runs.length)
    expect(of('commit').map(({ body }) => body.run_id)).toEqual(
      runs.filter((run) => run.status.startsWith('COMPLETED')).map((run) => run.id),
    )
    const closed = runs.flatMap((run) => Object.values(run.orders)).filter((order) => order.closedAt !== null)
    const last = new Map(of('order').map(({ body }) => [body.client_order_id, body]))
    for (const order of closed)
      expect(last.get(order.id)).toMatchObject({ status: order.status, cum_qty: order.cumulative.toFixed() })
    expect(of('plan').map(({ body }) => body.hash)).toEqual(
      runs.flatMap((run) => (run.plan === null ? [] : [run.plan.hash])),
    )
    for (const { body } of told) {
      const { entry } = steps[Number(body.seq) - 1]!
      expect(body).toMatchObject({ seq: entry.seq, ts: toIso(entry.at), cause: entry.event.cause })
    }
    const moves = of('state').map(({ body }) => [body.from, body.to])
    expect(moves.filter(([from, to]) => from === to)).toEqual([])
    for (let index = 1; index < moves.length; index += 1) expect(moves[index]![0]).toBe(moves[index - 1]![1])
  })

  it('logs a change of permission with its reason', () => {
    const lines: Readonly<Record<string, unknown>>[] = []
    const log = { ...silentLog, warn: (fields: Readonly<Record<string, unknown>>) => void lines.push(fields) }
    const bus = { publish: () => undefined } as never
    const listener = audit({ bus, metrics: measured, log })
    const last = steps.at(-1)!
    const after = {
      value: { ...last.after.value, permission: 'halted' as const },
      context: { ...last.after.context, permissionReason: 'op: kill' },
    }
    listener.step({ ...last, before: last.after, after })
    expect(lines).toEqual([{ portfolio, permission: 'halted', reason: 'op: kill' }])
    expect(measured.of('ballast_trading_state', { portfolio, state: 'halted' })).toBe(1)
    expect(measured.of('ballast_trading_state', { portfolio, state: 'active' })).toBe(0)
  })

  it('counts triggers that were held back by kind and reason', () => {
    const listener = audit({ bus: { publish: () => undefined } as never, metrics: measured, log: silentLog })
    listener.blocked(steps[0]!.portfolio, [
      { kind: 'drift', code: 'cooldown', reason: 'in cooldown' },
      { kind: 'calendar', code: 'stale_price', reason: 'AAA' },
    ])
    expect(measured.of('ballast_triggers_blocked_total', { portfolio, kind: 'calendar', reason: 'stale_price' })).toBe(
      1,
    )
  })
})

describe('triggers held back again', () => {
  it('are counted once while code and instruments stay, however old the prices grow', () => {
    const recorder = new Measured()
    const listener = audit({ bus: { publish: () => undefined } as never, metrics: recorder, log: silentLog })
    const stale = (reason: string, ...names: string[]) =>
      listener.blocked(steps[0]!.portfolio, [
        { kind: 'drift', code: 'stale_price', reason, about: names.map(instrumentId) },
      ])
    const count = () =>
      recorder.of('ballast_triggers_blocked_total', { portfolio, kind: 'drift', reason: 'stale_price' })
    stale('AAA was last priced 2 sessions (300 s) ago', 'AAA')
    stale('AAA was last priced 2 sessions (360 s) ago', 'AAA')
    expect(count()).toBe(1)
    stale('AAA and BBB', 'AAA', 'BBB')
    expect(count()).toBe(2)
    listener.blocked(steps[0]!.portfolio, [])
    stale('AAA and BBB, days later', 'AAA', 'BBB')
    expect(count()).toBe(3)
  })

  it('show a need of adjustment at once: after a restart no step may come for days', () => {
    const recorder = new Measured()
    const listener = audit({ bus: { publish: () => undefined } as never, metrics: recorder, log: silentLog })
    const gauge = () => recorder.of('ballast_needs_adjustment', { portfolio })
    const gone = { kind: 'drift', code: 'needs_adjustment', reason: 'gone', about: [instrumentId('AAA')] } as const
    listener.blocked(steps[0]!.portfolio, [gone])
    expect(gauge()).toBe(1)
    for (const step of steps) listener.step(step)
    expect(gauge()).toBe(0) // every name has a price
  })
})

describe('the calendar in metrics', () => {
  const name = 'ballast_calendar_next_due_timestamp_seconds'

  /** The gauge after a last step, as a process that has just started shows it, with this calendar and memory. */
  function shown(calendar: CalendarPolicy | null, memory: Partial<TriggerMemory> = {}): number | undefined {
    const again = new Measured()
    const last = steps.findLast(({ entry }) => entry.event.type === 'marked')!
    const { context } = last.after
    const policied = { ...context.policy, triggers: { ...context.policy.triggers, calendar } }
    const state = { ...context, policy: policied, memory: { ...context.memory, cooldownUntil: null, ...memory } }
    measuring(again)({ ...last, before: last.after, after: { ...last.after, context: state } })
    return again.values.get(key(name, { portfolio }))
  }

  it('is 0 without one, or past the end of its exchange', () => {
    expect(shown(null)).toBe(0)
    expect(shown(schedule({ every: 'daily', exchange: 'XLON' }))).toBe(0)
  })

  it('is when the next run may begin: a close on daily bars, a cooldown later, of the past when overdue', () => {
    // The last session is Friday 2020-03-27; New York closes at 20:00 UTC then.
    expect(steps.at(-1)!.after.context.book.nav.markedSession).toBe('2020-03-27')
    const at = (text: string): number => Date.parse(text) / 1000
    expect(shown(monthly(1), { calendarPeriod: '2020-03' })).toBe(at('2020-04-01T20:00:00Z'))
    expect(shown(monthly(1), { calendarPeriod: '2020-02' })).toBe(at('2020-02-28T21:00:00Z'))
    const resting = { calendarPeriod: '2020-03', cooldownUntil: sessionDate('2020-04-04') }
    expect(shown(monthly(1), resting)).toBe(at('2020-04-06T20:00:00Z'))
    expect(measured.of(name, { portfolio })).toBe(at('2020-04-01T00:00:00Z'))
    expect(shown({ every: 'monthly', day: 1 }, { calendarPeriod: '2020-03' })).toBe(at('2020-04-01T00:00:00Z'))
  })
})

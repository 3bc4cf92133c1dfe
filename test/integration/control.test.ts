import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { subjects } from '#adapters/wire/subjects.js'
import { control, questionExchange } from '#daemon/control/messages.js'
import { type QueryName, queries } from '#daemon/queries/registry.js'
import { quiescent } from '#daemon/replay.js'
import type { Gateway } from '#ports/gateway.js'
import type { Labels } from '#ports/metrics.js'
import type { Comparison } from '#runtime/compare.js'
import { portfolioId } from '#units/ids.js'
import { quantity, worth } from '#units/money.js'
import { playedControl } from './played-control.js'

const FIXED = portfolioId('fixed')
const ALL = ['fixed', 'optimised', 'refused']

const on = (verb: string, portfolio = FIXED): string => subjects.portfolio(portfolio, verb)
const by = (changes: Readonly<Record<string, unknown>> = {}) => ({
  request_id: randomUUID(),
  actor: 'j.doe',
  reason: 'vendor prices look wrong',
  ...changes,
})

describe('control commands to a running engine', () => {
  const { daemon } = playedControl()

  describe('questions', () => {
    it('are answered with what the books say, as plain data', async () => {
      const { ask, parts } = await daemon()
      const [last] = (await ask('runs', 'fixed', {})).slice(-1)
      const asked: Readonly<Partial<Record<QueryName, object>>> = {
        plan: { actor: 'pm', reason: 'look' },
        explain: { what: 'AAA', limit: 3 },
        'run-show': { run: last!.run },
        orders: { open: false },
        journal: { from: null, limit: 5 },
        shadow: { last: 3 },
      }
      for (const name of Object.keys(queries) as QueryName[]) {
        const answer = await ask(name, 'fixed', (asked[name] ?? {}) as never)
        const query = queries[name] as (...args: unknown[]) => unknown
        expect(answer, name).toEqual(await query(parts.sight, FIXED, asked[name] ?? {}))
      }
    })

    it('list and health tell of every portfolio and part', async () => {
      const { tell } = await daemon()
      const { text } = await tell(control.list, subjects.control('list'), {})
      expect(JSON.parse(text)).toMatchObject(ALL.map((id) => ({ id, ready: true, trading: 'active', mode: 'paper' })))
      expect(await tell(control.health, subjects.control('health'), {})).toMatchObject({
        ready: true,
        checks: { journal: { ok: true, detail: 'open', age_ms: null } },
      })
    })

    it('come in parts when they are longer than a message', async () => {
      const { ask, tell, head } = await daemon()
      const asked = { from: 1, limit: 100_000 }
      const first = await tell(questionExchange('journal'), on('journal'), asked)
      expect(first.of).toBeGreaterThan(2)
      const entries = await ask('journal', 'fixed', asked)
      expect(entries.map(({ seq }) => seq)).toEqual(Array.from({ length: head(FIXED) }, (_, index) => index + 1))
    })

    it('go on with the answer that was begun, though the books have moved', async () => {
      const { tell } = await daemon()
      const asked = { from: 1, limit: 100_000 }
      const first = await tell(questionExchange('journal'), on('journal'), asked)
      await tell(control.cash, on('deposit'), by({ amount: '5.00' }))
      const { digest } = first
      const second = await tell(questionExchange('journal'), on('journal'), { ...asked, chunk: 1, digest })
      expect(second).toMatchObject({ chunk: 1, of: first.of, digest })
      const fresh = await tell(questionExchange('journal'), on('journal'), {
        ...asked,
        chunk: 1,
        digest: 'f'.repeat(64),
      })
      expect(fresh).toMatchObject({ chunk: 0 })
      expect(fresh.digest).not.toBe(digest)
    })

    it('are refused with a code when the portfolio is unknown or the question is none', async () => {
      const { ask, tell } = await daemon()
      await expect(ask('status', 'nobody', {})).rejects.toMatchObject({ code: 'PORTFOLIO_UNKNOWN' })
      await expect(ask('run-show', 'fixed', { run: 'R-9999' })).rejects.toMatchObject({ code: 'RUN_UNKNOWN' })
      await expect(tell(control.permit, on('pause', portfolioId('nobody')), by())).rejects.toMatchObject({
        code: 'PORTFOLIO_UNKNOWN',
      })
      for (const wrong of [{}, { request_id: 'one' }, by({ reason: ' ' }), by({ actor: '' }), by({ speed: 1 })])
        await expect(tell(control.permit, on('pause'), wrong)).rejects.toMatchObject({ code: 'INVALID' })
      for (const amount of ['0', '-5', '0.001', 5, '1e3'])
        await expect(tell(control.cash, on('deposit'), by({ amount }))).rejects.toMatchObject({ code: 'INVALID' })
    })
  })

  describe('changes', () => {
    const PERMITS = [
      ['pause', 'paused'],
      ['halt', 'halted'],
      ['reduce', 'reducing'],
      ['resume', 'active'],
    ] as const

    it('of permission are made once, journaled with who, why and the request, and repeated from memory', async () => {
      const { tell, head, assembly } = await daemon()
      let before: string = 'active'
      for (const [verb, trading] of PERMITS) {
        const asked = by()
        const seq = head(FIXED)
        const first = await tell(control.permit, on(verb), asked)
        expect(first).toMatchObject({ before, trading, changed: true, seq: seq + 1, duplicate: false })
        expect(await tell(control.permit, on(verb), asked)).toEqual({ ...first, duplicate: true })
        expect(head(FIXED)).toBe(seq + 1)
        const [entry] = assembly.journal.entries(FIXED, seq + 1, 1)
        expect(entry!.event).toMatchObject({ to: trading, actor: 'j.doe', reason: 'vendor prices look wrong' })
        expect(entry!.event.cause).toBe(`${trading} j.doe ctl:${asked.request_id}`)
        before = trading
      }
    })

    it('say how far a run is to go, and one id stands for one of them', async () => {
      const one = await daemon()
      const less = by()
      const asked = { ...less, to: 'target' as const }
      const run = await one.tell(control.rebalance, on('run'), asked)
      await quiescent(one.assembly)
      const [entry] = one.assembly.journal.entries(FIXED, run.seq!, 1)
      expect(entry!.event).toMatchObject({ type: 'triggered', trigger: { task: { type: 'full', to: 'target' } } })
      expect(await one.tell(control.rebalance, on('run'), asked)).toEqual({ ...run, duplicate: true })
      await expect(one.tell(control.run, on('run'), less)).rejects.toMatchObject({ code: 'REQUEST_CONFLICT' })
      await expect(one.tell(control.rebalance, on('liquidate'), asked)).rejects.toMatchObject({ code: 'INVALID' })
    })

    it('are known after a restart, with the same sequence', async () => {
      const one = await daemon()
      const [paused, paid, begun] = [by(), by({ amount: '10.00' }), by()]
      const run = await one.tell(control.run, on('run'), begun)
      await quiescent(one.assembly)
      const deposit = await one.tell(control.cash, on('deposit'), paid)
      const pause = await one.tell(control.permit, on('pause'), paused)
      expect(run.run_id).toMatch(/^R-\d+$/)
      await one.close()
      const two = await daemon({}, one.state)
      const head = two.head(FIXED)
      expect(await two.tell(control.run, on('run'), begun)).toEqual({ ...run, duplicate: true })
      expect(await two.tell(control.cash, on('deposit'), paid)).toEqual({ ...deposit, duplicate: true })
      expect(await two.tell(control.permit, on('pause'), paused)).toEqual({ ...pause, before: null, duplicate: true })
      await expect(two.tell(control.cash, on('deposit'), { ...paid, amount: '11.00' })).rejects.toMatchObject({
        code: 'REQUEST_CONFLICT',
      })
      expect(two.head(FIXED)).toBe(head)
    })

    it('are refused when the id came with other content, and two copies at once make one change', async () => {
      const { tell, head, assembly } = await daemon()
      const asked = by({ amount: '25.00' })
      const seq = head(FIXED)
      const twice = await Promise.all([1, 2].map(() => tell(control.cash, on('deposit'), asked)))
      expect(twice.map(({ duplicate }) => duplicate).sort()).toEqual([false, true])
      expect(new Set(twice.map((row) => row.seq)).size).toBe(1)
      const others = [
        tell(control.cash, on('deposit'), { ...asked, amount: '26.00' }),
        tell(control.cash, on('payout'), asked),
        tell(control.cash, on('deposit'), { ...asked, reason: 'another' }),
        tell(control.permit, on('halt'), by({ request_id: asked.request_id })),
      ]
      for (const other of others) await expect(other).rejects.toMatchObject({ code: 'REQUEST_CONFLICT' })
      expect(head(FIXED)).toBe(seq + 1)
      expect(assembly.engine.host.snapshot(FIXED)!.value.permission).toBe('active')
    })

    it('that ask for what is already so journal nothing', async () => {
      const { tell, head } = await daemon()
      const seq = head(FIXED)
      expect(await tell(control.permit, on('resume'), by())).toMatchObject({ changed: false, seq: null })
      expect(head(FIXED)).toBe(seq)
    })

    it('of cash never pay out the same money twice', async () => {
      const { tell, ask } = await daemon()
      const much = tell(control.cash, on('payout'), by({ amount: '90000000.00' }))
      const { available } = await much.then(
        () => ({}) as never,
        (error: { code: string; data: { available: string } }) => {
          expect(error.code).toBe('CASH_SHORT')
          return error.data
        },
      )
      const both = await Promise.allSettled(
        [1, 2].map(() => tell(control.cash, on('payout'), by({ amount: available }))),
      )
      expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(both.find((row) => row.status === 'rejected')).toMatchObject({ reason: { code: 'CASH_SHORT' } })
      expect(Number((await ask('status', 'fixed', {})).cash)).toBeGreaterThanOrEqual(0)
    })

    it('begin a run once, and none while trading is stopped, a run is under way or new runs are held back', async () => {
      let held: string | null = null
      const { tell, ask, assembly } = await daemon({
        parts: (parts) => {
          const { engine } = parts
          const { host, portfolios, waiting, regimes } = engine
          const calls = {
            permit: engine.permit.bind(engine),
            restrain: engine.restrain.bind(engine),
            deposit: engine.deposit.bind(engine),
            rebalance: engine.rebalance.bind(engine),
            decide: engine.decide.bind(engine),
            mayDecide: engine.mayDecide.bind(engine),
            adjustment: engine.adjustment.bind(engine),
            adjust: engine.adjust.bind(engine),
          }
          return { ...parts, engine: { host, portfolios, waiting, regimes, ...calls, heldBack: () => held } }
        },
      })
      const before = (await ask('runs', 'fixed', {})).length
      held = 'no prices for 2 minutes'
      await expect(tell(control.run, on('run'), by())).rejects.toMatchObject({ code: 'HELD_BACK' })
      held = null
      const asked = by({ reason: 'trim' })
      const begun = await Promise.allSettled([tell(control.run, on('run'), asked), tell(control.run, on('run'), by())])
      expect(begun).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'RUN_IN_PROGRESS' } }])
      await quiescent(assembly)
      expect(await tell(control.run, on('run'), asked)).toMatchObject({ duplicate: true })
      const runs = await ask('runs', 'fixed', {})
      expect(runs.length).toBe(before + 1)
      expect(runs.at(-1)).toMatchObject({ why: 'j.doe: trim', trigger: 'manual', status: 'COMPLETED' })
      await tell(control.permit, on('pause'), by())
      await expect(tell(control.run, on('run'), by())).rejects.toMatchObject({ code: 'NOT_ACTIVE' })
    })

    it('only looked at journal nothing', async () => {
      const { tell, head } = await daemon()
      const seq = head(FIXED)
      const dry = { dry_run: true }
      expect(await tell(control.permit, on('halt'), by(dry))).toMatchObject({
        before: 'active',
        trading: 'halted',
        changed: true,
        seq: null,
      })
      expect(await tell(control.cash, on('deposit'), by({ ...dry, amount: '1.00' }))).toMatchObject({ seq: null })
      expect(await tell(control.run, on('run'), by(dry))).toMatchObject({ seq: null, run_id: null })
      const all = await tell(control.halt, subjects.control('halt'), { ...by(dry), scope: 'all' })
      expect(all).toMatchObject({ halted: ALL.map((portfolio) => ({ portfolio, seq: null })), failed: [] })
      expect(head(FIXED)).toBe(seq)
    })
  })

  it('halts every portfolio, those recovering too, and says which were halted already', async () => {
    const { tell, assembly, head, ask } = await daemon()
    for (const id of ALL)
      await assembly.engine.host.deliver(portfolioId(id), { type: 'opened', epoch: 99 }, 'another take-over')
    expect(await ask('status', 'fixed', {})).toMatchObject({ trading: 'active' })
    await expect(tell(control.run, on('run'), by())).rejects.toMatchObject({ code: 'NOT_READY' })
    await tell(control.permit, on('halt'), by({ reason: 'first' }))
    const asked = { ...by(), scope: 'all' as const }
    const first = await tell(control.halt, subjects.control('halt'), asked)
    expect(first).toMatchObject({ already: ['fixed'], failed: [], duplicate: false })
    expect(first.halted.map(({ portfolio }) => portfolio)).toEqual(['optimised', 'refused'])
    for (const id of ALL) {
      const { value, context } = assembly.engine.host.snapshot(portfolioId(id))!
      expect(value).toMatchObject({ permission: 'halted', ownership: 'recovering' })
      expect(context.permissionReason).toBe('j.doe: vendor prices look wrong')
    }
    const heads = ALL.map((id) => head(portfolioId(id)))
    const again = await tell(control.halt, subjects.control('halt'), asked)
    expect(again).toMatchObject({ already: ['fixed'], duplicate: true })
    expect(again.halted).toEqual(first.halted.map((row) => ({ ...row, duplicate: true })))
    expect(ALL.map((id) => head(portfolioId(id)))).toEqual(heads)
  })

  it('holds a halt that comes while a resume waits to be written', async () => {
    const { tell, assembly } = await daemon()
    await tell(control.permit, on('halt'), by({ reason: 'first' }))
    const resumed = tell(control.permit, on('resume'), by({ reason: 'too early' }))
    const halted = tell(control.permit, on('halt'), by({ reason: 'no' }))
    await expect(resumed).rejects.toMatchObject({ code: 'PERMISSION_MOVED' })
    await halted
    expect(assembly.engine.host.snapshot(FIXED)!.value.permission).toBe('halted')
  })

  describe('comparison with the gateway', () => {
    const compared = async (wrong: (venue: Gateway) => Partial<Gateway>) => {
      const gauges: (readonly [number, Labels])[] = []
      const { tell, head } = await daemon({
        parts: (parts) => ({
          ...parts,
          metrics: { ...parts.metrics, gauge: (_name, value, labels = {}) => gauges.push([value, labels]) },
          gateway: bent(parts.gateway as Gateway, wrong(parts.gateway as Gateway)),
        }),
      })
      const seq = head(FIXED)
      const { text } = await tell(control.reconcile, on('reconcile'), {})
      expect(head(FIXED)).toBe(seq)
      return { ...(JSON.parse(text) as Comparison), gauges }
    }

    it('is brought about by an adjustment of halted books, looked at first and booked once', async () => {
      const { tell, head, assembly } = await daemon()
      const { venue, engine } = assembly
      const holdings = venue.holdings.bind(venue)
      venue.holdings = async (portfolio) => {
        const held = await holdings(portfolio)
        return { ...held, cash: held.cash.plus('12.34') as never }
      }
      await expect(tell(control.adjust, on('adjust'), by())).rejects.toMatchObject({ code: 'NOT_HALTED' })
      expect((await engine.reconcile(FIXED)).breaks.map(({ subject }) => subject)).toEqual(['cash'])
      const { value, context } = engine.host.snapshot(FIXED)!
      expect(value.permission).toBe('halted')
      expect(context.permissionReason).toMatch(/^reconciliation: the books differ from the gateway's: trading brought/)
      await expect(tell(control.permit, on('resume'), by())).rejects.toMatchObject({ code: 'BREAKS' })
      const seq = head(FIXED)
      const agrees = { portfolio: 'fixed', positions: [], cash: '12.34', fees: '0', settled: [] }
      expect(await tell(control.adjust, on('adjust'), by({ dry_run: true }))).toMatchObject({ ...agrees, seq: null })
      expect(head(FIXED)).toBe(seq)
      const asked = by({ reason: 'interest on the statement' })
      const booked = { ...agrees, seq: seq + 1, dry_run: false }
      expect(await tell(control.adjust, on('adjust'), asked)).toEqual({ ...booked, duplicate: false })
      expect(await tell(control.adjust, on('adjust'), asked)).toEqual({ ...booked, duplicate: true })
      expect(head(FIXED)).toBe(seq + 1)
      expect(await tell(control.permit, on('resume'), by())).toMatchObject({ trading: 'active' })
    })

    it('agrees after a whole history, and says how much was compared', async () => {
      const { breaks, compared: counts, gauges } = await compared(() => ({}))
      expect(breaks).toEqual([])
      expect(counts.executions).toBeGreaterThan(10)
      expect(counts.positions).toBe(4)
      expect(gauges).toEqual(
        ['order', 'execution', 'position', 'cash'].map((kind) => [0, { portfolio: 'fixed', kind }]),
      )
    })

    it('finds an execution one side lacks, and what follows from it for positions and cash', async () => {
      const { breaks, gauges } = await compared((venue) => ({
        executions: async (portfolio, after) => (await venue.executions(portfolio, after)).slice(1),
        holdings: async (portfolio) => {
          const [{ execution } = { execution: undefined }] = await venue.executions(portfolio, '')
          const { instrument, quantity: units, price } = execution!
          const held = await venue.holdings(portfolio)
          const left = held.positions[instrument]!.minus(units) as never
          const cash = held.cash.plus(worth(units, price)).plus(execution!.fee) as never
          return { ...held, positions: { ...held.positions, [instrument]: left }, cash }
        },
      }))
      expect(breaks.map(({ kind }) => kind)).toEqual(['execution', 'position', 'cash'])
      expect(breaks[0]!.message).toMatch(/^we booked execution .+, the gateway does not know it$/)
      expect(gauges.map(([count]) => count)).toEqual([0, 1, 1, 1])
    })

    it('finds an execution with other content, a position, fees and an order that differ', async () => {
      const { breaks } = await compared((venue) => ({
        executions: async (portfolio, after) =>
          (await venue.executions(portfolio, after)).map((row, index) =>
            index === 0 ? { ...row, execution: { ...row.execution, venue: 'elsewhere' } } : row,
          ),
        holdings: async (portfolio) => {
          const held = await venue.holdings(portfolio)
          const positions = { ...held.positions, AAA: quantity('1') }
          return { ...held, positions, fees: held.fees.plus('1') as never, cash: held.cash.minus('1') as never }
        },
        query: async (portfolio, id) => {
          const answer = await venue.query(portfolio, id)
          return answer.kind === 'known' ? { ...answer, report: { ...answer.report, status: 'accepted' } } : answer
        },
      }))
      expect(new Set(breaks.map(({ kind }) => kind))).toEqual(new Set(['order', 'execution', 'position', 'cash']))
      expect(breaks.find(({ kind }) => kind === 'position')!.message).toMatch(/^we hold \d+ AAA, the gateway 1$/)
      expect(breaks.find(({ kind }) => kind === 'order')!.message).toMatch(/is filled with .* accepted with/)
    })

    it('takes what is only in one of two looks for a report on its way', async () => {
      let looks = 0
      const { breaks } = await compared((venue) => ({
        holdings: async (portfolio) => {
          const held = await venue.holdings(portfolio)
          return looks++ === 0 ? { ...held, positions: {} } : held
        },
      }))
      expect(looks).toBe(2)
      expect(breaks).toEqual([])
    })
  })
})

/** A gateway with some of its answers replaced. */
function bent(gateway: Gateway, wrong: Partial<Gateway>): Gateway {
  return new Proxy(gateway, {
    get(real, name: keyof Gateway) {
      const member = wrong[name] ?? real[name]
      return typeof member === 'function' ? (member as (...args: never[]) => unknown).bind(real) : member
    },
  })
}

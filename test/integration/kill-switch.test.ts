import { randomUUID } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { killFile } from '#adapters/kill-file.js'
import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import { watchKill } from '#daemon/kill-watch.js'
import { quiescent } from '#daemon/replay.js'
import type { Gateway } from '#ports/gateway.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { instrumentId, portfolioId } from '#units/ids.js'
import { quantity } from '#units/money.js'
import { until } from '../contract/gateway-parts.js'
import type { DaemonOptions } from './control-daemon.js'
import { playedControl } from './played-control.js'

const FIXED = portfolioId('fixed')
const ALL = ['fixed', 'optimised', 'refused']
const by = (changes: Readonly<Record<string, unknown>> = {}) => ({
  request_id: randomUUID(),
  actor: 'ann',
  reason: 'prices look wrong',
  ...changes,
})
const KILL = subjects.control('kill')
const UNKILL = subjects.control('unkill')

describe('the kill switch of a running engine', () => {
  const { copied, daemon } = playedControl()
  /** A gateway that says it holds something else. */
  const disagreeing: DaemonOptions = {
    parts: (parts) => {
      const { gateway } = parts
      const other: Pick<Gateway, 'query' | 'executions' | 'holdings'> = {
        query: gateway.query.bind(gateway),
        executions: gateway.executions.bind(gateway),
        holdings: async (portfolio) => {
          const positions = { [instrumentId('AAA')]: quantity('1') }
          return { ...(await gateway.holdings(portfolio)), positions }
        },
      }
      return { ...parts, gateway: other }
    },
  }

  it('halts everything firm-wide, outlives a restart, and comes off with the permissions as they were', async () => {
    const first = await daemon()
    await first.tell(control.permit, subjects.portfolio(FIXED, 'pause'), by())
    const asked = by()
    const killed = await first.tell(control.kill, KILL, asked)
    expect(killed).toMatchObject({ key: 'firm', to: 'halted', already: [], failed: [] })
    expect(killed.changed.map(({ portfolio }) => portfolio)).toEqual(ALL)
    expect(await first.tell(control.kill, KILL, by())).toMatchObject({ changed: [], already: ALL })
    expect(await first.tell(control.kill, KILL, asked)).toMatchObject({
      changed: killed.changed.map((row) => ({ ...row, duplicate: true })),
    })
    await first.close()

    const { tell, ask, parts, assembly } = await daemon({}, first.state)
    expect(await ask('status', 'optimised', {})).toMatchObject({
      trading: 'halted',
      tradingReason: 'all trading is halted firm-wide (ann: prices look wrong)',
      restraints: ['all trading is halted firm-wide (ann: prices look wrong)'],
    })
    await expect(tell(control.run, subjects.portfolio(portfolioId('optimised'), 'run'), by())).rejects.toMatchObject({
      code: 'NOT_ACTIVE',
    })
    await tell(control.permit, subjects.portfolio(portfolioId('optimised'), 'resume'), by())
    expect(await ask('status', 'optimised', {})).toMatchObject({ trading: 'halted' })
    const lifted = await tell(control.unkill, UNKILL, by({ actor: 'bob', reason: 'mended' }))
    expect(lifted).toMatchObject({ to: 'active', failed: [] })
    expect(lifted.changed.map(({ portfolio }) => portfolio)).toEqual(ALL)
    expect(await ask('status', 'fixed', {})).toMatchObject({ trading: 'paused', restraints: [] })
    expect(await ask('status', 'optimised', {})).toMatchObject({ trading: 'active', restraints: [] })
    const { seq } = lifted.changed[0]!
    const [entry] = parts.journal.entries(FIXED, seq!, 1)
    expect(entry?.event).toMatchObject({
      type: 'restrained',
      to: 'active',
      actor: 'bob',
      agreed: { positions: expect.any(Number) },
    })
    await quiescent(assembly)
  })

  it('is not lifted, and a halt not undone, on books that differ from the gateway’s: the breaks are named', async () => {
    const { tell, ask, head } = await daemon(disagreeing)
    await tell(control.kill, KILL, by())
    await tell(control.permit, subjects.portfolio(FIXED, 'halt'), by())
    const seq = head(FIXED)
    const refusal = { code: 'BREAKS', message: expect.stringMatching(/we hold \d+ AAA, the gateway 1/) }
    await expect(tell(control.unkill, UNKILL, by())).rejects.toMatchObject(refusal)
    await expect(tell(control.unkill, UNKILL, by())).rejects.toThrow(
      /^fixed stays .*; nor do the books of optimised, refused let it be lifted$/,
    )
    await expect(tell(control.permit, subjects.portfolio(FIXED, 'resume'), by())).rejects.toMatchObject(refusal)
    await expect(tell(control.permit, subjects.portfolio(FIXED, 'pause'), by())).rejects.toMatchObject(refusal)
    await expect(
      tell(control.permit, subjects.portfolio(FIXED, 'resume'), by({ dry_run: true })),
    ).rejects.toMatchObject(refusal)
    expect(head(FIXED)).toBe(seq)
    expect(await ask('status', 'fixed', {})).toMatchObject({ trading: 'halted' })
  })

  it('stops one name everywhere or in one portfolio, at the gateway too', async () => {
    const { tell, ask, assembly } = await daemon()
    const name = { instrument: 'AAA' }
    expect(await tell(control.kill, KILL, by(name))).toMatchObject({ key: 'firm:AAA', failed: [] })
    expect(await tell(control.kill, KILL, by({ ...name, portfolio: 'fixed', level: 'reducing' }))).toMatchObject({
      key: 'own:AAA',
      changed: [{ portfolio: 'fixed' }],
    })
    expect(await tell(control.kill, KILL, by({ ...name, level: 'reducing' }))).toMatchObject({
      changed: [],
      already: ALL,
    })
    expect((await ask('status', 'fixed', {})).restraints).toEqual([
      'AAA is halted firm-wide (ann: prices look wrong)',
      'AAA is reducing (ann: prices look wrong)',
    ])
    expect(await ask('status', 'fixed', {})).toMatchObject({ trading: 'active' })
    const before = (await ask('orders', 'fixed', { open: false })).length
    await tell(control.cash, subjects.portfolio(FIXED, 'deposit'), by({ amount: '50000.00' }))
    await tell(control.run, subjects.portfolio(FIXED, 'run'), by())
    await quiescent(assembly)
    const fresh = (await ask('orders', 'fixed', { open: false })).slice(before)
    expect(fresh.length).toBeGreaterThan(0)
    expect(fresh.filter((order) => order.instrument === 'AAA')).toEqual([])
    await expect(tell(control.kill, KILL, by({ portfolio: 'fixed' }))).rejects.toMatchObject({ code: 'INVALID' })
  })

  it('does not report a name halted that nobody trades: it is misspelt', async () => {
    const { tell, head } = await daemon()
    const seq = head(FIXED)
    for (const where of [{}, { portfolio: 'fixed' }])
      await expect(tell(control.kill, KILL, by({ instrument: 'APPL', ...where }))).rejects.toMatchObject({
        code: 'INSTRUMENT_UNKNOWN',
        message: expect.stringContaining('nothing was halted'),
      })
    expect(head(FIXED)).toBe(seq)
    expect(await tell(control.unkill, UNKILL, by({ instrument: 'APPL' }))).toMatchObject({ changed: [], failed: [] })
  })

  it('obeys the kill file within a second and before every order, and keeps the halt when the file goes', async () => {
    const state = copied()
    const path = join(state, 'KILL')
    const file = killFile(path)
    const { assembly, tell, ask } = await daemon({ parts: (parts) => ({ ...parts, killed: file.read }) }, state)
    const watch = watchKill({ file, engine: assembly.engine, metrics: noMetrics, log: silentLog })
    onTestFinished(() => watch.close())
    const since = performance.now()
    writeFileSync(path, 'ann: fire drill\n')
    await until(() =>
      ALL.every((id) => assembly.engine.host.snapshot(portfolioId(id))?.context.restraints?.firm?.to === 'halted'),
    )
    expect(performance.now() - since).toBeLessThan(1_000)
    await expect(tell(control.unkill, UNKILL, by())).rejects.toMatchObject({ code: 'KILL_FILE' })
    rmSync(path)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await ask('status', 'fixed', {})).toMatchObject({
      trading: 'halted',
      tradingReason: 'all trading is halted firm-wide (kill-file: ann: fire drill)',
    })
    expect(await tell(control.unkill, UNKILL, by())).toMatchObject({ failed: [], already: [] })
    expect(await ask('status', 'fixed', {})).toMatchObject({ trading: 'active' })
  })
})

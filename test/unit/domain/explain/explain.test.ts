import { beforeAll, describe, expect, it } from 'vitest'
import { explainOrder, explainOrders } from '#domain/explain/order.js'
import { explainRun, vetoOf } from '#domain/explain/run.js'
import { explainSymbol } from '#domain/explain/symbol.js'
import { orderText, runText, symbolText } from '#domain/explain/text.js'
import type { Run } from '#domain/run.js'
import { Decimal } from '#units/decimal.js'
import { instrumentId, type OrderId } from '#units/ids.js'
import { suiteTempDir } from '../../../support/temp-dir.js'
import { played, runsOf, SYMBOLS } from './runs.js'

describe('explanations of real runs', () => {
  const dir = suiteTempDir()
  let runs: Readonly<Record<string, readonly Run[]>> = {}
  const all = (): readonly Run[] => Object.values(runs).flat()
  const orders = () => all().flatMap(explainOrders)

  beforeAll(async () => {
    const assembly = await played(dir)
    runs = runsOf(assembly)
    await assembly.close()
  })

  it('has runs of every kind to explain', () => {
    expect(runs.optimised!.length).toBeGreaterThan(30)
    expect(runs.fixed!.length).toBeGreaterThan(3)
    expect(runs.refused!.length).toBeGreaterThan(30)
    expect(orders().length).toBeGreaterThan(100)
    expect(orders().some((order) => order.side === 'buy' && order.release.after.sells > 0)).toBe(true)
  })

  it('resolves every order of every run, and refuses an id of no order', () => {
    for (const run of all())
      for (const id of Object.keys(run.orders) as OrderId[]) {
        const explained = explainOrder(run, id)
        expect(explained.ok && explained.value.order).toBe(id)
      }
    const unknown = explainOrder(runs.optimised!.at(-1)!, 'A'.repeat(26) as OrderId)
    expect(unknown).toMatchObject({ ok: false, refusal: { code: 'ORDER_UNKNOWN' } })
  })

  it('never says undefined, NaN, Infinity or null, and ends every sentence', () => {
    const texts = [
      ...all().flatMap((run) => runText(explainRun(run))),
      ...orders().flatMap(orderText),
      ...SYMBOLS.flatMap((symbol) => {
        const found = explainSymbol(all(), instrumentId(symbol))
        return found.ok ? symbolText(found.value) : []
      }),
    ].flatMap(({ heading, lines }) => [`${heading}.`, ...lines])
    expect(texts.length).toBeGreaterThan(1000)
    for (const text of texts) {
      expect(text).not.toMatch(/undefined|NaN|Infinity|\bnull\b|\[object/)
      expect(text.endsWith('.'), text).toBe(true)
      expect(text).not.toMatch(/\.\.$/)
    }
  })

  it('is plain data: JSON carries it without loss', () => {
    for (const run of all()) {
      const explained = explainRun(run)
      expect(JSON.parse(JSON.stringify(explained))).toEqual(explained)
    }
  })

  it('gives slippage with the sign of what trading cost, averages from executions and the cost they add up to', () => {
    for (const run of all()) {
      let cost = new Decimal('0')
      for (const order of explainOrders(run)) {
        cost = cost.plus(order.cost.realised)
        if (order.fills.averagePrice === null) continue
        const paidMore = new Decimal(order.fills.averagePrice).gt(order.arrival)
        const paidLess = new Decimal(order.fills.averagePrice).lt(order.arrival)
        const worse = order.side === 'buy' ? paidMore : paidLess
        if (worse) expect(order.fills.slippageBps).toBeGreaterThan(0)
        expect(order.fills.slippageBps).toBeCloseTo(
          new Decimal(order.fills.averagePrice)
            .minus(order.arrival)
            .div(order.arrival)
            .times(order.side === 'buy' ? '10000' : '-10000')
            .toNumber(),
          2,
        )
      }
      const whole = explainRun(run).cost
      expect(whole.realised).toBe(run.realisedCost.toFixed(2))
      expect(cost.minus(whole.realised).abs().lte('0.05')).toBe(true)
    }
  })

  it('names the limits that bound the optimiser, with what they mean and their duals', () => {
    const bound = runs.optimised!.map((run) => explainRun(run).targets).filter((targets) => targets?.kind === 'targets')
    const limits = bound.flatMap((targets) => targets?.limits ?? [])
    expect(limits.length).toBeGreaterThan(0)
    for (const { limit, meaning, dual } of limits) {
      expect(limit).toMatch(/^(upper|lower|cash|turnover|group):/)
      expect(meaning).toMatch(/ (is|are) at /)
      expect(dual).not.toBe(0)
    }
    expect(bound.every((targets) => targets?.cvar !== null && targets!.scenarios.rows >= 12)).toBe(true)
  })

  it('shows what a rule cut: planned, approved and the rule that did it', () => {
    const first = runs.fixed!.map(explainRun).find((run) => run.legs.length > 0)!
    const cut = first.legs.find((leg) => leg.changedBy.length > 0)!
    expect(cut.changedBy[0]).toMatchObject({ rule: 'position-limit', verdict: 'resize', leg: cut.leg })
    expect(Number(cut.approved!.quantity)).toBeLessThan(Number(cut.planned!.quantity))
    const text = runText(first)
      .find(({ heading }) => heading === 'Rules')!
      .lines.join('\n')
    expect(text).toContain(`position-limit cuts ${cut.leg} to`)
    expect(
      runText(first)
        .flatMap(({ lines }) => lines)
        .join('\n'),
    ).toContain(`cut from ${cut.planned!.quantity}`)
  })

  it('tells a refused plan as a veto and names the rule', () => {
    const refused = runs.refused!.filter((run) => (run.plan?.legs.length ?? 0) > 0)
    expect(refused.length).toBeGreaterThan(0)
    for (const run of refused) {
      expect(vetoOf(run)).toMatch(/price-collar/)
      expect(explainRun(run).legs.every((leg) => leg.approved === null)).toBe(true)
      expect(Object.keys(run.orders)).toEqual([])
    }
    expect(runs.optimised!.every((run) => vetoOf(run) === null)).toBe(true)
  })

  it('says why a run without history holds, and who was left out', () => {
    const hold = explainRun(runs.optimised![0]!)
    expect(hold.targets).toMatchObject({ kind: 'hold', cvar: null, cash: null, limits: [] })
    expect(hold.targets!.excluded.map(({ instrument }) => instrument)).toEqual(SYMBOLS)
    expect(runText(hold).flatMap(({ lines }) => lines)[1]).toMatch(
      /^The optimised targets asked to hold what there is: no instr/,
    )
  })

  it('follows a symbol through its runs, with its own legs and orders only', () => {
    const found = explainSymbol(runs.fixed!, instrumentId('CCC'))
    if (!found.ok) return expect.fail(found.refusal.message)
    expect(found.value.runs.map(({ run }) => run)).toEqual(runs.fixed!.map((run) => run.id))
    // A run that cures a broken limit sets no targets; there are runs of both kinds.
    const weights = found.value.runs.map(({ trigger, targetWeight }) => [trigger.kind === 'risk', targetWeight])
    expect(new Set(weights.map(String))).toEqual(new Set(['true,', 'false,0.19']))
    for (const part of found.value.runs) {
      expect([...part.legs, ...part.orders].every(({ instrument }) => instrument === 'CCC')).toBe(true)
    }
    const ordered = runs.fixed!.flatMap(({ orders }) =>
      Object.keys(orders).filter((id) => orders[id as OrderId]?.body.instrument === 'CCC'),
    )
    expect(ordered.length).toBeGreaterThan(0)
    expect(found.value.runs.flatMap((part) => part.orders.map(({ order }) => order))).toEqual(ordered)
    expect(explainSymbol(all(), instrumentId('ZZZ'))).toMatchObject({ ok: false, refusal: { code: 'SYMBOL_UNKNOWN' } })
  })

  it('explains a run that has only begun', () => {
    const done = runs.optimised!.at(-1)!
    const begun: Run = {
      ...done,
      status: 'OPTIMISING',
      endedAt: null,
      answer: null,
      plan: null,
      buys: null,
      judgements: [],
      approved: [],
      orders: {},
      after: null,
      outcome: '',
    }
    const lines = runText(explainRun(begun)).flatMap((passage) => passage.lines)
    expect(lines).toContain('The run has not ended: it is OPTIMISING.')
    expect(lines).toContain('The run has set no targets.')
  })
})

import { describe, expect, it } from 'vitest'
import { drawdown } from '#domain/book/evolve.js'
import { collect } from '#report/collect.js'
import type { Staged } from '#runtime/actor.js'
import { encode } from '#units/canonical.js'
import { portfolioId } from '#units/ids.js'
import { minus, money, noMoney, plus, total } from '#units/money.js'
import { tempDir } from '../../support/temp-dir.js'
import { engineOver, equalParts, playTo, swings } from './replayed.js'

const SESSIONS = 40

/** Forty sessions in two sittings with a second payment between them, every step of the engine noted. */
async function played() {
  const stateDir = tempDir()
  const history = swings(SESSIONS)
  const steps: Staged[] = []
  const first = await engineOver(stateDir, history, (staged) => steps.push(staged))
  await playTo(first, history, 15)
  await first.close()
  const second = await engineOver(stateDir, history, (staged) => steps.push(staged))
  await second.engine.deposit(equalParts.id, money('50000'), 'second payment')
  await playTo(second, history)
  return { assembly: second, steps }
}

describe('collecting a history from a journal', () => {
  it('finds at every close what the engine itself had in its books', async () => {
    const { assembly, steps } = await played()
    const history = collect(assembly.journal, equalParts.id)
    const marks = steps.filter((step) => step.entry.event.type === 'marked')
    expect(history.sessions).toHaveLength(SESSIONS)
    for (const [at, { after }] of marks.entries()) {
      const { book } = after.context
      expect(history.sessions[at]).toMatchObject({
        session: book.nav.markedSession,
        level: book.nav.perUnit.toNumber(),
        drawdown: drawdown(book),
      })
      expect(history.sessions[at]!.equity.eq(book.nav.equity)).toBe(true)
    }
    await assembly.close()
  })

  it('accounts for every weight, trade, run and cent', async () => {
    const { assembly, steps } = await played()
    const history = collect(assembly.journal, equalParts.id)
    const { book, runs } = steps.at(-1)!.after.context
    expect(history.totals.deposited.eq(money('150000'))).toBe(true)
    for (const [at, close] of history.sessions.entries()) {
      const invested = history.weights.reduce((sum, series) => sum + series.values[at]!, 0)
      expect(invested + close.cash).toBeCloseTo(1, 12)
    }
    expect(history.weights.map((series) => series.values.slice(0, 9).some((weight) => weight > 0))).toEqual([
      true,
      true,
      false,
    ])
    expect(history.weights[2]!.values.at(-1)).toBeGreaterThan(0.1)
    expect(history.runs).toHaveLength(runs)
    expect(runs).toBeGreaterThan(3)
    expect(history.trades).toHaveLength(book.tally.fills)
    for (const [side, key] of [
      ['buy', 'bought'],
      ['sell', 'sold'],
    ] as const) {
      const executed = total(history.trades.filter((trade) => trade.side === side).map((trade) => trade.value))
      expect(executed.gt(0)).toBe(true)
      expect(executed.eq(history.totals[key])).toBe(true)
      expect(total(history.runs.map((run) => run[key])).eq(executed)).toBe(true)
    }
    const held = total(history.positions.map((row) => row.value ?? noMoney))
    expect(plus(held, history.cash).eq(history.sessions.at(-1)!.equity)).toBe(true)
    const gain = minus(history.sessions.at(-1)!.equity, history.totals.deposited)
    const unrealised = minus(held, total(history.positions.map((row) => row.cost)))
    const realised = minus(minus(noMoney, book.accounts.realised ?? noMoney), book.tally.fees)
    expect(plus(unrealised, realised).eq(gain)).toBe(true)
    expect(history.head).toEqual(assembly.journal.head(equalParts.id))
    expect(history.verification).toMatchObject({ ok: true, head: history.head.hash })
    await assembly.close()
  })

  it('does not take a payment for a return', async () => {
    const { assembly, steps } = await played()
    const history = collect(assembly.journal, equalParts.id)
    const at = steps
      .filter((step) => step.entry.event.type === 'marked')
      .findIndex((step) => {
        return step.after.context.book.tally.deposited.eq(money('150000'))
      })
    const [before, after] = [history.sessions[at - 1]!, history.sessions[at]!]
    const growth = after.equity.minus(money('50000')).div(before.equity).minus(1).toNumber()
    expect(Math.abs(after.level / before.level - 1 - growth)).toBeLessThan(0.02)
    expect(after.equity.div(before.equity).toNumber()).toBeGreaterThan(1.3)
    await assembly.close()
  })

  it('gives the same history every time it is asked, and refuses a portfolio it never saw', async () => {
    const { assembly } = await played()
    const ask = (): string => encode(collect(assembly.journal, equalParts.id))
    expect(ask()).toBe(ask())
    expect(() => collect(assembly.journal, portfolioId('nobody'))).toThrow(/holds no entry of nobody/)
    await assembly.close()
  })
})

import fc from 'fast-check'
import { valuation } from '#domain/book/valuation.js'
import { specsOf } from '#domain/instrument/registry.js'
import type { MarketView, Quote } from '#domain/market.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { Decimal } from '#units/decimal.js'
import { money, price } from '#units/money.js'
import { instant, sessionDate } from '#units/time.js'
import { byId, equity, id } from '../unit/domain/targets/fixtures.js'
import { portfolio } from '../unit/domain/trigger/fixtures.js'

/** Instruments there are; portfolios know some of them. */
export const NAMES = ['A', 'B', 'C', 'D', 'E', 'F'].map(id)
/** Portfolios of a world. */
export const BOOKS = 3

/** What the screen looks at: one market and some portfolios' states. */
export interface World {
  view: MarketView
  readonly states: PortfolioState[]
}

/** Something that happens to a world. */
export type Command = (world: World) => void

/** The market at first. */
export const START: MarketView = {
  at: instant(Date.parse('2008-09-10T20:00:00Z')),
  session: sessionDate('2008-09-10'),
  barSize: '1d',
  quotes: byId(Object.fromEntries(NAMES.map((name) => [name, quote('25')]))),
}

/** A quote of now. */
export function quote(text: string, changes: Partial<Quote> = {}): Quote {
  return { price: price(text), at: instant(Date.parse('2008-09-10T20:00:00Z')), sessionsOld: 0, ...changes }
}

/** A world in which each portfolio is worth 1000 and all but near its targets. */
export function opened(): World {
  const universe = NAMES.map((name) => equity(name))
  const states = Array.from({ length: BOOKS }, (_, at) => {
    const names = NAMES.slice(at, at + 4)
    const weights = byId(Object.fromEntries(names.map((name) => [name, 0.225])))
    const shares = Object.fromEntries(names.map((name) => [name, '9']))
    return portfolio({ shares, cash: '100', effective: { weights, cash: 0.1 }, policy: { universe } })
  })
  return { view: START, states }
}

/** Which portfolio. */
export const book = fc.nat(BOOKS - 1)
/** Which instrument. */
export const name = fc.constantFrom(...NAMES)
/** Prices in plain figures mostly, one beyond what a float tells apart, two beyond all measure. */
export const prices = fc.constantFrom(
  '25',
  '25',
  '24.99',
  '25.5',
  '12.34',
  '100',
  '1',
  '0.0001',
  '1e-40',
  '7e33',
  '25.00000000000000001',
)
/** Changes one portfolio's state. */
export const changing =
  (change: (state: PortfolioState) => PortfolioState, at: number): Command =>
  ({ states }) => {
    states[at] = change(states[at]!)
  }

/** Gives a portfolio the cash that makes it worth so much. */
export function worth(world: World, at: number, aim: Decimal): void {
  changing((state) => {
    const { equity: now, cash } = valuation(state.book, world.view, specsOf(state.policy.universe))
    const accounts = { ...state.book.accounts, cash: money(cash.plus(aim.minus(now))) }
    return { ...state, book: { ...state.book, accounts } }
  }, at)(world)
}

import type { InstrumentId } from '#units/ids.js'
import { greatest, type Money, magnitude, minus, negated, noMoney, plus, total } from '#units/money.js'
import { type Holding, type Move, movesOf } from './moves.js'
import type { RuleContext } from './rule.js'

/** A sum over holdings that a limit is on: of longs, of shorts, of both, and the balance of both either way. */
export type Measure = 'long' | 'short' | 'gross' | 'net' | 'negative-net'

/**
 * How large a sum may become while a plan's orders fill: what it may be whatever is cut, and what each leg may add to it. No
 * state, after any part of any of the legs, is above `base` + Σ `adds`, or above what there is `before`.
 */
export interface Load {
  readonly before: Money
  readonly base: Money
  readonly adding: readonly {
    readonly move: Move
    readonly adds: Money
    /** The exposure of the part of the leg that adds, where that is not what it adds. */
    readonly cut?: Money
  }[]
}

/**
 * The loads of a measure on some holdings. What takes a holding toward zero is never cut, so it counts where it adds (a cover
 * raises the net) and is credited where it takes away only if the sells are done before the buys are judged again
 * ({@link Occasion.sellsFirst}); covers, which come last, are never credited. Then there may be two loads: while the sells
 * fill, and while the buys do. Exact: some order of fills reaches every load's sum.
 * Units money at plan prices. Cost O(legs + holdings). Source: design domain.md section 9; ADR 0038.
 */
export function loadsOf(
  context: RuleContext,
  measure: Measure,
  of: (instrument: InstrumentId) => boolean = everything,
): readonly Load[] {
  const { moves, holdings } = movesOf(context)
  const mine = moves.filter(({ leg }) => of(leg.instrument))
  const seen: Seen = {
    holdings: holdings.filter(({ instrument }) => of(instrument)),
    buys: mine.filter(({ leg }) => leg.side === 'buy'),
    sells: mine.filter(({ leg }) => leg.side === 'sell'),
    credit: context.occasion.sellsFirst,
  }
  return LOADS[measure](seen)
}

/** The largest sum a load may become. */
export const worstOf = ({ before, base, adding }: Load): Money =>
  greatest(before, plus(base, total(adding.map(({ adds }) => adds))))

const everything = (): boolean => true

interface Seen {
  readonly holdings: readonly Holding[]
  readonly buys: readonly Move[]
  readonly sells: readonly Move[]
  readonly credit: boolean
}

const LOADS: Readonly<Record<Measure, (seen: Seen) => readonly Load[]>> = {
  long: ({ holdings, buys, sells, credit }) => {
    const before = total(holdings.map(({ exposure }) => greatest(noMoney, exposure)))
    const base = credit ? minus(before, sum(sells, 'frees')) : before
    return [{ before, base, adding: adding(buys, 'opens') }]
  },
  short: ({ holdings, sells }) => {
    const before = total(holdings.map(({ exposure }) => greatest(noMoney, negated(exposure))))
    return [{ before, base: before, adding: adding(sells, 'opens') }]
  },
  gross: ({ holdings, buys, sells, credit }) => {
    const before = total(holdings.map(({ exposure }) => magnitude(exposure)))
    if (!credit) return grossLoads(before, before, [...sells, ...buys])
    const sold = plus(minus(before, sum(sells, 'frees')), sum(sells, 'opens'))
    return [...grossLoads(before, before, sells), ...grossLoads(before, sold, buys)]
  },
  net: ({ holdings, buys, sells, credit }) => {
    const before = total(holdings.map(({ exposure }) => exposure))
    const covered = plus(before, sum(buys, 'reduces'))
    const base = credit ? minus(covered, sum(sells, 'frees')) : covered
    return [{ before, base, adding: adding(buys, 'opens') }]
  },
  'negative-net': ({ holdings, sells }) => {
    const before = negated(total(holdings.map(({ exposure }) => exposure)))
    return [{ before, base: plus(before, sum(sells, 'reduces')), adding: adding(sells, 'opens') }]
  },
}

/**
 * What gross exposure may become while some legs fill. A leg through zero first takes away and then adds: what it adds it may add
 * when it has taken away, so it has a load of its own. Without, one that ends nearer to zero than it began would pass
 * whatever it opens, over a limit that it had come under.
 */
const grossLoads = (before: Money, base: Money, moves: readonly Move[]): readonly Load[] => [
  { before, base, adding: adding(moves, 'grows') },
  ...moves
    .filter(({ reduces, opens }) => reduces.gt(noMoney) && opens.gt(noMoney))
    .map((through) => {
      const others = adding(
        moves.filter((move) => move !== through),
        'grows',
      )
      return { before, base: minus(base, through.reduces), adding: [{ move: through, adds: through.opens }, ...others] }
    }),
]

const sum = (moves: readonly Move[], part: 'reduces' | 'opens' | 'frees'): Money =>
  total(moves.map((move) => move[part]))

/** What nobody can price adds nothing that can be told, and stands among the rest to be refused. */
const adding = (moves: readonly Move[], part: 'opens' | 'grows'): Load['adding'] =>
  moves
    .filter((move) => move[part].gt(noMoney) || (move.doubt !== '' && move.reduces.isZero()))
    .map((move) => ({ move, adds: move[part] }))

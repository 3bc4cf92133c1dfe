import { Decimal } from '#units/decimal.js'
import { least, type Money, minus, money, type Quantity, quantity, total } from '#units/money.js'
import { byText } from './assemble.js'
import type { Sale } from './sales.js'
import { waterLevel } from './water-fill.js'

/** How much of a holding is sold. */
export interface SizedSale {
  readonly sale: Sale
  readonly units: Quantity
}

/** Sales that together bring what is needed, and those left out because they would be too small. */
export interface Sold {
  readonly sized: readonly SizedSale[]
  readonly small: readonly Sale[]
}

/** A holding and how many lots of it go. */
interface Share {
  readonly sale: Sale
  readonly lots: Decimal
}

const NONE = new Decimal('0')
/** However much of it is left, it has no goal. */
const UNBOUNDED = new Decimal('Infinity')

/**
 * Sizes sales to bring `need` > 0, no more than all of them together can. What ends under the smallest order leaves, the
 * smaller half of it at a time, so that the others that sell bring its part; where there are none or they cannot, the
 * largest of it is lifted to the smallest order and stays. Every sale left is an order. Cost O(log n) pours, and one for each that is lifted.
 */
export function sellInRounds(sales: readonly Sale[], need: Money): Sold {
  const lifted: Share[] = []
  const small: Sale[] = []
  let left = sales
  for (;;) {
    const rest = minus(need, brought(lifted))
    const shares = rest.gt(0) ? pour(left, rest) : []
    const tooSmall = shares.filter(isSmall).sort(byValue)
    const selling = shares.filter(({ lots }) => lots.gt(0))
    if (tooSmall.length === 0) return { sized: [...lifted, ...selling].map(sized), small }
    const leaving = new Set(tooSmall.slice(0, Math.ceil(tooSmall.length / 2)).map(({ sale }) => sale))
    const staying = left.filter((sale) => !leaving.has(sale))
    if (leaving.size < selling.length && total(staying.map((sale) => sale.most)).gte(rest)) {
      small.push(...leaving)
      left = staying
    } else {
      const { sale } = tooSmall.at(-1)!
      lifted.push({ sale, lots: lotsFor(sale, sale.smallest) })
      left = left.filter((row) => row !== sale)
    }
  }
}

/** Whole lots of each that bring at least `need`: down to one level, then a lot each where most is left above it. */
function pour(sales: readonly Sale[], need: Money): readonly Share[] {
  const exact = levelled(sales, need)
  const shares = sales.map((sale, index) => ({ sale, lots: exact[index]!.div(sale.lot).floor() }))
  let missing = minus(need, brought(shares))
  const more = new Set<Share>()
  for (const share of [...shares].sort(byExcess)) {
    if (missing.lte(0)) break
    if (bringing(share).gte(share.sale.most)) continue
    more.add(share)
    missing = minus(missing, share.sale.lot)
  }
  return shares.map((share) => (more.has(share) ? { ...share, lots: share.lots.plus(1) } : share))
}

/**
 * xᵢ = min(mostᵢ, max(0, valueᵢ − θ·goalᵢ)) with Σx = need: pro rata of what has no goal, as long as that is enough. What a
 * level would take beyond whole lots comes from the others, so the level is found again without those that give all they can.
 */
function levelled(sales: readonly Sale[], need: Money): readonly Decimal[] {
  const aimless = total(sales.filter(({ goal }) => goal.isZero()).map(({ most }) => most))
  const share = aimless.gt(need) ? need.div(aimless) : new Decimal('1')
  const given = new Map<Sale, Decimal>(
    sales.filter(({ goal }) => goal.isZero()).map((sale) => [sale, sale.most.times(share)] as const),
  )
  let rest = minus(need, least(aimless, need))
  for (;;) {
    const open = sales.filter((sale) => !given.has(sale))
    // With φ = −θ the mirror is a filling again: max(0, goal·φ + value) grows with φ, which is at most 0.
    const vessels = open.map(({ goal, value }) => ({ slope: goal, offset: value.negated() }))
    const level = waterLevel(vessels, rest, NONE)
    const over = open.filter(({ goal, value, most }) => goal.times(level).plus(value).gt(most))
    if (over.length === 0)
      return sales.map((sale) => given.get(sale) ?? Decimal.max(0, sale.goal.times(level).plus(sale.value)))
    for (const sale of over) given.set(sale, sale.most)
    rest = minus(rest, total(over.map(({ most }) => most)))
  }
}

/** What would be left above the goal after one more lot, as a multiple of the goal, the largest first. */
const byExcess = (a: Share, b: Share): number =>
  excess(b).comparedTo(excess(a)) || byText(a.sale.instrument, b.sale.instrument)

function excess({ sale, lots }: Share): Decimal {
  const left = sale.value.minus(sale.lot.times(lots.plus(1)))
  return sale.goal.isZero() ? UNBOUNDED : left.div(sale.goal)
}

const bringing = ({ sale, lots }: Share): Money => money(sale.lot.times(lots))
const brought = (shares: readonly Share[]): Money => total(shares.map(bringing))
const lotsFor = ({ lot }: Sale, value: Money): Decimal => value.div(lot).ceil()
const isSmall = (share: Share): boolean => share.lots.gt(0) && bringing(share).lt(share.sale.smallest)
const byValue = (a: Share, b: Share): number =>
  bringing(a).comparedTo(bringing(b)) || byText(a.sale.instrument, b.sale.instrument)
const sized = ({ sale, lots }: Share): SizedSale => ({ sale, units: quantity(lots.times(sale.spec.lot)) })

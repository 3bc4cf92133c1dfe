import { type Mutant, one } from './mutant.js'

/** Faults around what is held short. */
export const SHORTS: readonly Mutant[] = [
  one(
    'proceeds-spent',
    'what shorts were sold for buys long positions',
    'src/domain/book/collateral.ts',
    '  const whole = total(shorts.map((id) => tiedUp(input, id, shortUnits(book, id))))\n',
    '  const whole = total(shorts.map((id) => scaled(tiedUp(input, id, shortUnits(book, id)), new Decimal(0))))\n',
  ),
  one(
    'proceeds-paid-out',
    'what shorts were sold for is paid out',
    'src/domain/book/collateral.ts',
    '  const free = minus(spendableCash(book, false), collateral(input, false))\n',
    '  const free = spendableCash(book, false)\n',
  ),
  one(
    'reduced-past-zero',
    'while trading is reduced, a sale may open a short',
    'src/domain/permission/restraint.ts',
    '  quantity.lte(reducible(held, side))\n',
    "  quantity.lte(reducible(held, side)) || (side === 'sell' && held.isPositive())\n",
  ),
]

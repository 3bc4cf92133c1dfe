import { hold } from '#units/assert.js'
import { type Money, noMoney, plus, total } from '#units/money.js'
import { withRows } from '#units/rows.js'
import type { Account, Book } from './book.js'
import type { Posting } from './postings.js'

/** The accounts after a set of postings; an account at zero is none. @throws InvariantBroken unless they sum to zero. */
export function post(book: Book, postings: readonly Posting[]): Book['accounts'] {
  const sum = total(postings.map((posting) => posting.amount))
  hold(sum.isZero(), 'I1', () => `postings sum to ${sum}`)
  const balances = new Map<Account, Money>()
  for (const { account, amount } of postings)
    balances.set(account, plus(balances.get(account) ?? book.accounts[account] ?? noMoney, amount))
  const rows = [...balances].map(([account, balance]) => [account, balance.isZero() ? null : balance] as const)
  return withRows(book.accounts as Readonly<Record<Account, Money>>, rows)
}

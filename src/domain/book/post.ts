import { hold } from '#units/assert.js'
import { type Money, noMoney, plus, total } from '#units/money.js'
import type { Account, Book } from './book.js'
import type { Posting } from './postings.js'

/** The accounts after a set of postings; an account at zero is none. @throws InvariantBroken unless they sum to zero. */
export function post(book: Book, postings: readonly Posting[]): Book['accounts'] {
  const sum = total(postings.map((posting) => posting.amount))
  hold(sum.isZero(), 'I1', () => `postings sum to ${sum}`)
  const accounts: Partial<Record<Account, Money>> = { ...book.accounts }
  for (const { account, amount } of postings) {
    const balance = plus(accounts[account] ?? noMoney, amount)
    if (balance.isZero()) delete accounts[account]
    else accounts[account] = balance
  }
  return accounts
}

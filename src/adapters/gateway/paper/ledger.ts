import type { Execution } from '#domain/book/events.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { type Money, minus, noMoney, noQuantity, plus, type Quantity } from '#units/money.js'
import type { NumberedReport } from './reporter.js'
import { keys, markOf, type PaperStore, type Report, type Row } from './store.js'

interface Account {
  executions: number
  reports: number
  fees: Money
  readonly positions: Map<InstrumentId, Quantity>
}

/** What each portfolio has traded at the venue: a running fold of its stored executions, and their numbering. */
export class VenueLedger {
  readonly #accounts = new Map<PortfolioId, Account>()

  /** Units held, those at zero left out. */
  positions(portfolio: PortfolioId): Readonly<Record<InstrumentId, Quantity>> {
    const held = [...this.#account(portfolio).positions].filter(([, units]) => !units.isZero())
    return Object.fromEntries(held.sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Fees charged so far. */
  fees(portfolio: PortfolioId): Money {
    return this.#account(portfolio).fees
  }

  /** Folds one execution in and gives the row that keeps it. */
  book(portfolio: PortfolioId, execution: Execution): Row {
    const account = this.#account(portfolio)
    account.executions += 1
    this.#fold(account, execution)
    return { key: keys.execution(portfolio, markOf(account.executions)), value: execution }
  }

  /** Numbers a report and gives the row that keeps it until it is taken. */
  report(portfolio: PortfolioId, report: Report): { readonly row: Row; readonly numbered: NumberedReport } {
    const account = this.#account(portfolio)
    account.reports += 1
    const row = { key: keys.report(portfolio, markOf(account.reports)), value: report }
    return { row, numbered: { number: account.reports, report } }
  }

  /** Rebuilds the accounts from a store and returns the reports still to be taken, oldest first. */
  load(store: PaperStore): readonly { readonly portfolio: PortfolioId; readonly reports: readonly NumberedReport[] }[] {
    for (const { name, value } of store.range('execution/')) {
      const account = this.#account(portfolioIn(name))
      account.executions = numberIn(name)
      this.#fold(account, value as Execution)
    }
    // A number is not used twice while either row has it.
    for (const { name } of store.range('refused/')) this.#account(portfolioIn(name)).reports = numberIn(name)
    const waiting = new Map<PortfolioId, NumberedReport[]>()
    for (const { name, value } of store.range('report/')) {
      const portfolio = portfolioIn(name)
      const number = numberIn(name)
      const account = this.#account(portfolio)
      account.reports = Math.max(account.reports, number)
      waiting.set(portfolio, [...(waiting.get(portfolio) ?? []), { number, report: value as Report }])
    }
    return [...waiting].map(([portfolio, reports]) => ({ portfolio, reports }))
  }

  #account(portfolio: PortfolioId): Account {
    let account = this.#accounts.get(portfolio)
    if (account === undefined) {
      account = { executions: 0, reports: 0, fees: noMoney, positions: new Map() }
      this.#accounts.set(portfolio, account)
    }
    return account
  }

  #fold(account: Account, execution: Execution): void {
    const held = account.positions.get(execution.instrument) ?? noQuantity
    const moved = execution.side === 'buy' ? plus(held, execution.quantity) : minus(held, execution.quantity)
    account.positions.set(execution.instrument, moved)
    account.fees = plus(account.fees, execution.fee)
  }
}

// Keys end in portfolio/number.
const portfolioIn = (name: string): PortfolioId => name.slice(0, name.indexOf('/')) as PortfolioId
const numberIn = (name: string): number => Number(name.slice(name.indexOf('/') + 1))

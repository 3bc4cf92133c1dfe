import type { Execution } from '#domain/book/events.js'
import { cashFlow } from '#domain/book/postings.js'
import type { Holdings } from '#ports/gateway.js'
import { Decimal } from '#units/decimal.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { type Money, minus, noMoney, noQuantity, plus, type Quantity } from '#units/money.js'
import { type PaperConfig, termsOf } from './config.js'
import type { NumberedReport } from './reporter.js'
import { type BustRow, keys, markOf, type PaperStore, type Report, type Row } from './store.js'

interface Account {
  executions: number
  reports: number
  fees: Money
  cash: Money
  readonly positions: Map<InstrumentId, Quantity>
}

/** What each portfolio has traded at the venue: a running fold of its stored executions, and their numbering. */
export class VenueLedger {
  readonly #accounts = new Map<PortfolioId, Account>()

  constructor(private readonly config: PaperConfig) {}

  /** What an account has traded; units at zero are left out. */
  holdings(portfolio: PortfolioId): Holdings {
    const { positions, executions, fees, cash } = this.#account(portfolio)
    const held = [...positions].filter(([, units]) => !units.isZero()).sort(([a], [b]) => (a < b ? -1 : 1))
    return { asOf: executions === 0 ? '' : markOf(executions), positions: Object.fromEntries(held), fees, cash }
  }

  /** Folds one execution in and gives the row that keeps it. */
  book(portfolio: PortfolioId, execution: Execution): Row {
    const account = this.#account(portfolio)
    account.executions += 1
    this.#fold(account, execution)
    return { key: keys.execution(portfolio, markOf(account.executions)), value: execution }
  }

  /** Takes one execution out again and gives the row that says so. */
  takeBack(portfolio: PortfolioId, row: BustRow): Row {
    this.#fold(this.#account(portfolio), row.execution, true)
    return { key: keys.bust(portfolio, row.bust.executionId), value: row }
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
    for (const { name, value } of store.range('bust/'))
      this.#fold(this.#account(portfolioIn(name)), (value as BustRow).execution, true)
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
      account = { executions: 0, reports: 0, fees: noMoney, cash: noMoney, positions: new Map() }
      this.#accounts.set(portfolio, account)
    }
    return account
  }

  #fold(account: Account, execution: Execution, back = false): void {
    const held = account.positions.get(execution.instrument) ?? noQuantity
    const adds = (execution.side === 'buy') !== back
    account.positions.set(execution.instrument, (adds ? plus : minus)(held, execution.quantity))
    const flow = cashFlow(execution, new Decimal(termsOf(this.config, execution.instrument).multiplier))
    account.cash = (back ? minus : plus)(account.cash, flow)
    account.fees = (back ? minus : plus)(account.fees, execution.fee)
  }
}

// Keys end in portfolio/number.
const portfolioIn = (name: string): PortfolioId => name.slice(0, name.indexOf('/')) as PortfolioId
const numberIn = (name: string): number => Number(name.slice(name.indexOf('/') + 1))

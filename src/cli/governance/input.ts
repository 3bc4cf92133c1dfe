import type { z } from 'zod'
import type { SourceDocument } from '#daemon/config/document.js'
import { explain, problemAt, toProblems } from '#daemon/config/explain.js'
import { loadPortfolio } from '#daemon/config/load.js'
import { configError, type Problem } from '#daemon/config/problem.js'
import type { Specs } from '#domain/book/valuation.js'
import { proposedContext, type StatedOrder, statedBook } from '#domain/governance/proposal.js'
import type { RuleContext } from '#domain/governance/rule.js'
import { equity } from '#domain/instrument/equity.js'
import { specsOf, wholeLots } from '#domain/instrument/registry.js'
import type { MarketView } from '#domain/market.js'
import type { Chosen, PortfolioPolicy } from '#domain/policy.js'
import type { InstrumentId } from '#units/ids.js'
import { money, noMoney, price, quantity } from '#units/money.js'
import { badConfig } from '../failure.js'
import { readRows } from './document.js'
import { factsOf } from './facts.js'
import { type MarketOptions, marketOf } from './market.js'
import { BOOK_FORMAT, type BookSettings, bookSchema, PLAN_FORMAT, type PlanSettings, planSchema } from './schema.js'

/** The files of a book, a plan and what they are judged by. */
export interface ProposalOptions extends MarketOptions {
  readonly book: string
  readonly plan: string
  readonly portfolio?: string
  readonly runsToday?: number
}

/** A plan from files as rules see it. */
export interface ProposalInput {
  readonly context: RuleContext
  readonly costs: Chosen
  /** Of the portfolio file; null without one. */
  readonly policy: PortfolioPolicy | null
}

/** A settings file with the document that knows its lines. */
interface Read<T> {
  readonly source: SourceDocument
  readonly settings: T
}

const COSTS: Chosen = { name: 'simple', params: {} }
const COLLAR = 0.05

/**
 * Reads a book and a plan and makes of them what rules see. Prices are those of the files, or the last closes of `--prices`; terms
 * those of the portfolio's universe, or of the files where no portfolio is given.
 * @throws CliError 64 with file, line and field of each problem; Faults of the readers.
 */
export async function proposalInput(options: ProposalOptions): Promise<ProposalInput> {
  const book = read(readRows(options.book, BOOK_FORMAT), bookSchema)
  const plan = read(readRows(options.plan, PLAN_FORMAT), planSchema)
  const policy = options.portfolio === undefined ? null : policyOf(options.portfolio)
  const specs = policy === null ? statedSpecs(book, plan) : specsOf(policy.universe)
  const problems = [...repeated(book, plan), ...(policy === null ? [] : termsTwice(book, plan))]
  const { view, at } = await marketOf(options, book.settings, plan.settings)
  problems.push(...unpriced(book, plan, view), ...brokenLots(plan, specs))
  if (problems.length > 0) throw badConfig(configError(problems))
  const costs = policy?.costs ?? COSTS
  const { currency, cash, positions } = book.settings
  const held = positions.filter((row) => !row.quantity.isZero())
  const stated = statedBook(
    currency,
    money(cash),
    held.map((row) => ({
      instrument: row.symbol,
      quantity: quantity(row.quantity),
      price: view.quotes[row.symbol]!.price,
    })),
    view.session,
    specs,
  )
  const orders = plan.settings.orders.map((row) => orderOf(row, view))
  const collar = policy?.orders.collar ?? COLLAR
  const { trigger, type, runs_today: automaticRuns, sells_first: sellsFirst } = plan.settings
  const occasion = {
    ...{ type, trigger, sellsFirst, funds: held.length === 0, traded: { buy: noMoney, sell: noMoney } },
    automaticRuns: options.runsToday ?? automaticRuns,
  }
  const facts = factsOf(plan.settings, policy, at)
  const seen = { book: stated, view, specs, orders, occasion, at, collar, costs, ...facts }
  return { context: proposedContext(seen), costs, policy }
}

function read<T>(source: SourceDocument, schema: z.ZodType<T>): Read<T> {
  const parsed = schema.safeParse(source.value ?? {}, { error: explain })
  if (!parsed.success) throw badConfig(configError(toProblems(source, parsed.error.issues)))
  return { source, settings: parsed.data }
}

function policyOf(file: string): PortfolioPolicy {
  const loaded = loadPortfolio(file)
  if (!loaded.ok) throw badConfig(loaded.refusal)
  return loaded.value.policy
}

type Row = BookSettings['positions'][number] | PlanSettings['orders'][number]

/** Terms of the names as the files state them, those of the book first; what they leave out is that of a share. */
function statedSpecs(book: Read<BookSettings>, plan: Read<PlanSettings>): Specs {
  const rows = new Map<InstrumentId, Row>()
  for (const row of [...plan.settings.orders, ...book.settings.positions])
    rows.set(row.symbol, { ...rows.get(row.symbol), ...row })
  return specsOf([...rows.values()].map((row) => specOf(row, book.settings.currency)))
}

function specOf({ symbol, sector, lot, tick }: Row, currency: string) {
  const terms = {
    ...{ currency, ...(sector !== undefined && { sector }) },
    ...(lot !== undefined && { lot: lot.toFixed() }),
    ...(tick !== undefined && { tick: tick.toFixed() }),
  }
  return equity.spec(symbol, equity.schema.parse(terms))
}

function orderOf(row: PlanSettings['orders'][number], view: MarketView): StatedOrder {
  const { symbol: instrument, side, limit, target } = row
  return {
    ...{ instrument, side, quantity: quantity(row.quantity) },
    arrival: row.price === undefined ? view.quotes[instrument]!.price : price(row.price),
    ...(limit !== undefined && { limit: price(limit) }),
    ...(target !== undefined && { target }),
  }
}

/** Every row of both files, with where it stands. */
function* rowsOf(book: Read<BookSettings>, plan: Read<PlanSettings>) {
  for (const [index, row] of book.settings.positions.entries())
    yield { source: book.source, path: ['positions', index] as const, row }
  for (const [index, row] of plan.settings.orders.entries())
    yield { source: plan.source, path: ['orders', index] as const, row }
}

/** A holding in two rows is two holdings to nobody; of two orders in a name nobody knows which comes first. */
function repeated(book: Read<BookSettings>, plan: Read<PlanSettings>): readonly Problem[] {
  const seen = new Set<string>()
  return [...rowsOf(book, plan)].flatMap(({ source, path, row }) => {
    const key = `${path[0]} ${row.symbol}`
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    return [problemAt(source, [...path, 'symbol'], `${row.symbol} is listed twice`)]
  })
}

function termsTwice(book: Read<BookSettings>, plan: Read<PlanSettings>): readonly Problem[] {
  return [...rowsOf(book, plan)].flatMap(({ source, path, row }) =>
    (['sector', 'lot', 'tick'] as const)
      .filter((term) => row[term] !== undefined)
      .map((term) => problemAt(source, [...path, term], 'the portfolio file has the terms: leave it out here')),
  )
}

/** A name without a price would count as nothing in equity, and every weight would be too large. */
function unpriced(book: Read<BookSettings>, plan: Read<PlanSettings>, { quotes }: MarketView): readonly Problem[] {
  const told = new Set<InstrumentId>()
  return [...rowsOf(book, plan)].flatMap(({ source, path, row: { symbol } }) => {
    if (quotes[symbol] !== undefined || told.has(symbol)) return []
    told.add(symbol)
    return [problemAt(source, [...path, 'price'], `${symbol} has no price: give one here or in --prices`)]
  })
}

function brokenLots({ source, settings }: Read<PlanSettings>, specs: Specs): readonly Problem[] {
  return settings.orders.flatMap((row, index) => {
    const spec = specs[row.symbol]
    if (spec === undefined || wholeLots(spec, quantity(row.quantity)).eq(row.quantity)) return []
    const message = `must be whole lots of ${spec.lot.toFixed()}, got ${row.quantity.toFixed()}`
    return [problemAt(source, ['orders', index, 'quantity'], message)]
  })
}

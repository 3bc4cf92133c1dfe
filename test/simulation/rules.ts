import type { Side } from '#domain/book/events.js'
import type { Chosen } from '#domain/policy.js'
import type { Run } from '#domain/run.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { noMoney } from '#units/money.js'
import { Chance } from './chance.js'
import { againstClusters, clusterRule } from './clusters.js'
import { NAMES } from './prices.js'

/** What prices may move between the plan and the last wave of buys, and costs take, relative. */
const MOVED = 1.25

/** Sectors of the instruments, for portfolios with a limit on them; the last has none. */
const SECTORS: Readonly<Record<InstrumentId, string>> = Object.fromEntries(
  NAMES.slice(0, -1).map((name, place) => [name, place < 2 ? 'Energy' : 'Utilities']),
)

/** A rule of a version to come, say: nobody knows it, so it refuses every plan. */
const UNKNOWN: Chosen = { name: 'not-known-yet', params: {} }

/**
 * The rules of a portfolio, the same in each of its variants, beside the limit on a position that every one has; but that some
 * have a rule in their second variant that nobody knows.
 */
export function rulesFor(seed: number, id: PortfolioId, variant: number): readonly Chosen[] {
  const unknown = variant === 1 && new Chance(seed, `unknown rule ${id}`).is(0.2)
  const chance = new Chance(seed, `rules ${id}`)
  const some = (share: number, name: string, params: Chosen['params']): readonly Chosen[] =>
    chance.is(share) ? [{ name, params }] : []
  const barred = chance.pick(NAMES)
  return [
    ...clusterRule(seed, id),
    ...some(0.3, 'gross-net-leverage', { maxGross: 1, maxNet: 1, maxLeverage: 1 }),
    ...(unknown ? [UNKNOWN] : []),
    { name: 'position-limit', params: { max: 0.6 } },
    ...some(0.2, 'rebalance-frequency', { maxRuns: 1 }),
    ...some(0.1, 'restricted-list', {
      ...{ noTrade: [], noBuy: [barred], noShort: [], requireLocate: true, locates: {} },
    }),
    ...some(0.3, 'sector-concentration', { max: chance.pick([0.5, 0.7]), perSector: {} }),
    ...some(0.3, 'turnover', { max: chance.pick([0.05, 0.2]) }),
  ]
}

/** The sector of an instrument in a portfolio of such rules: nobody has named any where none is limited. */
export const sectorIn = (rules: readonly Chosen[], id: InstrumentId): { readonly sector?: string } =>
  rules.some(({ name }) => name === 'sector-concentration') && SECTORS[id] !== undefined ? { sector: SECTORS[id] } : {}

/**
 * What a run did against the rules of its portfolio, counted from its orders. `state` is the portfolio's state at its end as text, `inputsAt` when
 * what rules rest on was last read.
 */
export const againstRules = (run: Run, state: string, inputsAt: number): readonly string[] => [
  ...(inputsAt > run.startedAt ? [] : againstClusters(run, state)),
  ...againstTurnover(run, state),
  ...againstSectors(run, state),
  ...againstList(run, state),
]

function againstTurnover(run: Run, state: string): readonly string[] {
  const max = limitIn(state, 'turnover')
  const funds = Object.values(run.before.weights).every((weight) => weight === 0)
  if (max === null || run.type !== 'full' || run.trigger.kind === 'cash' || run.trigger.kind === 'risk' || funds)
    return []
  return (['buy', 'sell'] as const).flatMap((side) => {
    const traded = NAMES.reduce((sum, id) => sum + tradedOf(run, id, side), 0)
    return traded <= max * MOVED ? [] : [`${run.id} ${side}s ${traded} of equity, its limit is ${max}`]
  })
}

function againstSectors(run: Run, state: string): readonly string[] {
  const max = limitIn(state, 'sector-concentration')
  // What was taken back is in the book again without anybody's doing.
  if (max === null || state.includes('"corrections"')) return []
  return ['Energy', 'Utilities'].flatMap((sector) => {
    const names = NAMES.filter((id) => SECTORS[id] === sector)
    const bought = names.reduce((sum, id) => sum + tradedOf(run, id, 'buy'), 0)
    const sold = names.reduce((sum, id) => sum + tradedOf(run, id, 'sell'), 0)
    const held = names.reduce((sum, id) => sum + (run.before.weights[id] ?? 0), 0)
    const after = held - sold + bought
    return bought === 0 || after <= max * MOVED
      ? []
      : [`${run.id} has ${after} of equity in ${sector}, its limit is ${max}`]
  })
}

function againstList(run: Run, state: string): readonly string[] {
  const barred = /"noBuy":\["(\w+)"\]/.exec(state)?.[1] as InstrumentId | undefined
  return barred !== undefined && tradedOf(run, barred, 'buy') > 0 ? [`${run.id} buys ${barred}`] : []
}

/**
 * What a run has traded of a name on one side, at its decision prices, as a fraction of the equity it began, planned its buys or ended
 * with, whichever is most: cash may come and go in between.
 */
export function tradedOf({ orders, before, buys, after }: Run, id: InstrumentId, side: Side): number {
  const mine = Object.values(orders).filter(({ body }) => body.instrument === id && body.side === side)
  const values = mine.map(({ body, cumulative }) => Math.min(+cumulative, +body.quantity) * +body.arrival)
  const traded = values.reduce((sum, value) => sum + value, 0)
  const known = [before.equity, buys?.equity ?? noMoney, after?.equity ?? noMoney]
  return traded === 0 ? 0 : traded / Math.max(...known.map((equity) => equity.toNumber()))
}

/** The limit of a rule in a state, by its text; null where the portfolio has no such rule. */
function limitIn(state: string, rule: string): number | null {
  const found = new RegExp(`"name":"${rule}","params":\\{"max":([\\d.]+)`).exec(state)
  return found === null ? null : Number(found[1])
}

import type { Execution } from '#domain/book/events.js'
import type { InstrumentId, OrderId } from '#units/ids.js'
import { type Money, minus, negated, noMoney, noQuantity, plus, type Quantity, worth } from '#units/money.js'
import { type Approvals, noApprovals } from './approvals.js'
import type { Asking } from './asking.js'
import type { KnownBreaches } from './breaches.js'
import { type KnownLosses, noLosses } from './losses.js'
import { type KnownRegime, noRegime } from './regimes.js'
import type { Rests } from './rests.js'

/** An order as it was intended. */
export interface Intent {
  readonly hash: string
  readonly side: string
  readonly quantity: Quantity
  readonly instrument: InstrumentId
}

/** Something that holds trading back: how far, since when in the world, and when by the journal. */
export interface Stop {
  readonly to: string
  readonly since: number
  readonly at: number
}

/** What the witness knows of a portfolio from its journal. */
export interface Account {
  /** It may sell short. */
  readonly shorts: boolean
  readonly intents: Map<OrderId, Intent>
  /** The executions in the journal, those of them and others that were taken back, and the cash paid in and out. */
  readonly booked: Map<string, Execution>
  readonly busted: Set<string>
  deposited: Money
  /** The life that took the portfolio over last, and the epochs each life has raised. */
  owner: number
  readonly epochs: Map<number, number>
  /** Trading as it is on disk, and since when. */
  permission: Stop
  /** What the firm, a name firm-wide and a name in this portfolio are restrained to. */
  readonly restraints: Map<string, Stop>
  /** Filled so far of each order, in units, and runs that have ended. */
  readonly filled: Map<OrderId, Quantity>
  readonly ended: Set<string>
  /** The order that left last, by which life and when. */
  sent: string
  /** Executions that came again with other content and were noticed. */
  readonly conflicts: Set<string>
  readonly asking: Asking
  readonly approvals: Approvals
  readonly regime: KnownRegime
  readonly losses: KnownLosses
  readonly rests: Rests
  readonly breaches: KnownBreaches
  /** When what rules rest on was last read. */
  inputsAt: number
  /** Commands of operators by their key. */
  readonly commands: Set<string>
}

/** The account of a portfolio nothing has been seen of. */
export const newAccount = (shorts: boolean): Account => ({
  shorts,
  ...{ sent: '', intents: new Map(), booked: new Map(), busted: new Set(), deposited: noMoney },
  ...{ owner: 0, epochs: new Map(), permission: { to: 'active', since: 0, at: 0 }, restraints: new Map() },
  ...{ filled: new Map(), ended: new Set(), conflicts: new Set(), commands: new Set() },
  asking: { wanted: new Set(), past: new Set() },
  approvals: noApprovals(),
  regime: noRegime(),
  losses: noLosses(),
  rests: new Map(),
  breaches: { past: new Set(), within: new Set() },
  inputsAt: Number.NEGATIVE_INFINITY,
})

/** What the journal's executions that stand make of an account: cash, deposits included, and units. */
export function sumsOf({ booked, busted, deposited }: Account): {
  readonly cash: Money
  readonly units: ReadonlyMap<InstrumentId, Quantity>
} {
  let cash = deposited
  const units = new Map<InstrumentId, Quantity>()
  for (const { id, side, quantity, price, fee, instrument } of booked.values()) {
    if (busted.has(id)) continue
    const value = worth(quantity, price)
    cash = plus(cash, minus(side === 'sell' ? value : (negated(value) as Money), fee))
    const before = units.get(instrument) ?? noQuantity
    units.set(instrument, side === 'buy' ? plus(before, quantity) : minus(before, quantity))
  }
  return { cash, units }
}

/** True when cash is owed, or something is held short that may not be. */
export const isOverdrawn = (account: Account): boolean => {
  const { cash, units } = sumsOf(account)
  return cash.lt(noMoney) || (!account.shorts && [...units.values()].some((held) => held.lt(noQuantity)))
}

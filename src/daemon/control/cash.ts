import { withdrawableCash } from '#domain/book/collateral.js'
import { amount as shown } from '#domain/explain/words.js'
import { specsOf } from '#domain/instrument/registry.js'
import type { Entry } from '#domain/portfolio/entry.js'
import type { Confirmed } from '#domain/portfolio/event.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import { hold } from '#units/assert.js'
import { Decimal, decimalFromFloat } from '#units/decimal.js'
import { Fault } from '#units/fault.js'
import { greatest, least, type Money, magnitude, money, negated, noMoney } from '#units/money.js'
import { stateOf } from '../queries/sight.js'
import type { CashAnswer } from './messages.js'
import { type ControlParts, managed, type Signed } from './parties.js'
import type { Requests } from './requests.js'

/** Cash in or out. */
export type Flow = 'deposit' | 'payout'

type CashAsked = Signed & { readonly amount: Money }

type Booked = Omit<CashAnswer, 'duplicate'>

/**
 * Books cash in or out, at most once for a request.
 * @throws Fault `CASH_SHORT` when more is asked for than may leave; `NOT_STARTED` before the first prices.
 */
export async function bookCash(
  parts: Pick<ControlParts, 'engine' | 'sight'>,
  requests: Requests,
  name: string,
  flow: Flow,
  asked: CashAsked,
  assent: Confirmed = {},
): Promise<CashAnswer> {
  const portfolio = managed(parts, name)
  const { request_id: id, actor, reason, amount, dry_run: dryRun } = asked
  const { currency } = stateOf(parts.sight, portfolio).context.policy
  const answer = (sum: Money, seq: number | null): Booked => ({
    portfolio,
    amount: sum.toFixed(2),
    currency,
    seq,
    dry_run: dryRun,
  })
  const check = (): void => {
    parts.sight.market(portfolio)
    if (flow === 'payout') assertCovered(stateOf(parts.sight, portfolio).context, amount)
  }
  if (dryRun) {
    check()
    return { ...answer(amount, null), duplicate: false }
  }
  return requests.once<Booked>(
    { portfolio, id, content: { verb: flow, amount: amount.toFixed(2), actor, reason } },
    (key) =>
      // One at a time: two payments out must not both see the same free cash.
      requests.inTurn(portfolio, async () => {
        check()
        const signed = flow === 'deposit' ? amount : negated(amount)
        const { entry } = await parts.engine.deposit(portfolio, signed, cashCause(flow, actor, reason), key, assent)
        return answer(amount, entry.seq)
      }),
    (entry) => answer(amountOf(entry), entry.seq),
  )
}

/** What a second operator confirms of cash in or out: how much of what, where, who asks and why. */
export function cashTerms(
  parts: Pick<ControlParts, 'engine' | 'sight'>,
  name: string,
  flow: Flow,
  { amount, actor, reason }: CashAsked,
): readonly string[] {
  const { currency } = stateOf(parts.sight, managed(parts, name)).context.policy
  return [`${name}: ${flow} ${shown(amount)} ${currency}, asked by ${actor}: ${reason}`]
}

/** What a flow's journal entry gives as its cause: which way, who and why. */
export const cashCause = (flow: Flow, actor: string, reason: string): string => `${flow} ${actor}: ${reason}`

/**
 * The most that may leave: W ≤ F − r·(E − W), with F the cash that is free, E the equity as it was last measured and r the
 * policy's reserve, so that what is left keeps its reserve. Free is {@link withdrawableCash}, whether or not the policy lets
 * unsettled proceeds be invested.
 */
export function payable({ book, policy }: PortfolioState): Money {
  const free = greatest(noMoney, withdrawableCash({ book, specs: specsOf(policy.universe) }))
  const { cashReserve } = policy.targets
  if (cashReserve <= 0 || cashReserve >= 1) return free
  const reserve = decimalFromFloat(cashReserve)
  const most = free.minus(book.nav.equity.times(reserve)).div(new Decimal('1').minus(reserve))
  return least(free, greatest(noMoney, money(most)))
}

/**
 * @throws Fault `CASH_SHORT` (never) with what was requested and what is available.
 */
export function assertCovered(state: PortfolioState, sum: Money): void {
  const { policy } = state
  const free = payable(state)
  if (sum.lte(free)) return
  const [requested, available] = [sum.toFixed(2), free.toFixed(2, Decimal.ROUND_DOWN)]
  throw new Fault(
    'CASH_SHORT',
    `${policy.id} cannot pay out ${shown(requested)} ${policy.currency}: ${shown(available)} of its cash is settled, not promised to open orders and beyond its reserve`,
    'never',
    { requested, available },
  )
}

function amountOf({ event }: Entry): Money {
  hold(event.type === 'deposited', 'request', () => `a payment made ${event.type}`)
  return money(magnitude(event.amount))
}

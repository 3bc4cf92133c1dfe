import type { Adjustment } from '#domain/book/events.js'
import type { Entry } from '#domain/portfolio/entry.js'
import type { Confirmed } from '#domain/portfolio/event.js'
import type { Proposed } from '#runtime/adjust.js'
import { hold } from '#units/assert.js'
import { encode } from '#units/canonical.js'
import type { Decimal } from '#units/decimal.js'
import type { PortfolioId } from '#units/ids.js'
import { stateOf } from '../queries/sight.js'
import { approvalMoved, type Terms } from './authority.js'
import type { AdjustAnswer } from './messages.js'
import { type ControlParts, managed, type Settling, type Signed, settled as settling } from './parties.js'
import type { Requests } from './requests.js'

type Parts = Pick<ControlParts, 'engine' | 'sight'> & Settling

type Adjusted = Omit<AdjustAnswer, 'duplicate'>

/**
 * Brings a halted portfolio's books into agreement with its gateway, at most once for a request; a dry run says what it
 * would book, and what was confirmed is booked or nothing.
 * @throws Fault as the engine's `adjustment` does, `APPROVAL_MOVED` (never).
 */
export async function adjustOnce(
  parts: Parts,
  requests: Requests,
  name: string,
  asked: Signed,
  { approved, terms }: Confirmed & { readonly terms?: Terms } = {},
): Promise<AdjustAnswer> {
  const portfolio = managed(parts, name)
  const { request_id: id, actor, reason, dry_run: dryRun } = asked
  if (dryRun) {
    const { fact } = await parts.engine.adjustment(portfolio, actor, reason, settling(parts))
    return { ...answerOf(portfolio, fact.adjustment, null), duplicate: false }
  }
  return requests.once<Adjusted>(
    { portfolio, id, content: { verb: 'adjust', actor, reason } },
    (key) =>
      requests.inTurn(portfolio, async () => {
        const { fact, given } = await parts.engine.adjustment(portfolio, actor, reason, settling(parts))
        const now = termsOf(parts, portfolio, fact)
        if (approved !== undefined && encode(now) !== encode(terms)) throw approvalMoved('adjust', now)
        const proposal = { fact: approved === undefined ? fact : { ...fact, approved }, given }
        return booked(portfolio, (await parts.engine.adjust(portfolio, proposal, key)).entry)
      }),
    (entry) => booked(portfolio, entry),
  )
}

/** What a second operator confirms of an adjustment: what would be booked now, for whom and why. Faults as {@link adjustOnce}. */
export async function adjustTerms(parts: Parts, name: string, { actor, reason }: Signed): Promise<Terms> {
  const portfolio = managed(parts, name)
  return termsOf(parts, portfolio, (await parts.engine.adjustment(portfolio, actor, reason, settling(parts))).fact)
}

/** Without the prices units are added at: those are the newest when it is booked, and move all the time. */
function termsOf(
  { sight }: Parts,
  portfolio: PortfolioId,
  { adjustment: { positions, cash, fees, settled, contents }, actor, reason }: Proposed['fact'],
): Terms {
  const { currency } = stateOf(sight, portfolio).context.policy
  const more = (value: Decimal): string => `${value.isNegative() ? '' : '+'}${value.toFixed()}`
  const content = (subject: string): string => (contents?.[subject] === undefined ? '' : ` as ${contents[subject]}`)
  return [
    ...positions.map(({ instrument, quantity }) => `${portfolio}: ${more(quantity)} ${instrument}`),
    `${portfolio}: cash ${more(cash)} ${currency}, fees ${more(fees)} ${currency}`,
    ...settled.map((subject) => `${portfolio}: ${subject} is settled${content(subject)}`),
    `${portfolio}: books adjusted for ${actor}: ${reason}`,
  ]
}

function booked(portfolio: PortfolioId, { event, seq }: Entry): Adjusted {
  hold(event.type === 'adjusted', 'request', () => `an adjustment made ${event.type}`)
  return answerOf(portfolio, event.adjustment, seq)
}

function answerOf(
  portfolio: PortfolioId,
  { positions, cash, fees, settled }: Adjustment,
  seq: number | null,
): Adjusted {
  return {
    portfolio,
    positions: positions.map(({ instrument, quantity, price }) => ({
      symbol: instrument,
      qty: quantity.toFixed(),
      price: price.toFixed(),
    })),
    cash: cash.toFixed(),
    fees: fees.toFixed(),
    settled: [...settled],
    seq,
    dry_run: seq === null,
  }
}

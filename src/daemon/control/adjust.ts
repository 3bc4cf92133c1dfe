import type { Adjustment } from '#domain/book/events.js'
import type { Entry } from '#domain/portfolio/entry.js'
import { hold } from '#units/assert.js'
import type { PortfolioId } from '#units/ids.js'
import type { AdjustAnswer } from './messages.js'
import { type ControlParts, managed, type Signed, settled as settling } from './parties.js'
import type { Requests } from './requests.js'

type Adjusted = Omit<AdjustAnswer, 'duplicate'>

/**
 * Brings a halted portfolio's books into agreement with its gateway, at most once for a request; a dry run says what it
 * would book.
 * @throws Fault as the engine's `adjustment` does.
 */
export async function adjustOnce(
  parts: Pick<ControlParts, 'engine' | 'settleMs'>,
  requests: Requests,
  name: string,
  asked: Signed,
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
      requests.inTurn(portfolio, async () =>
        booked(portfolio, (await parts.engine.adjust(portfolio, actor, reason, key, settling(parts))).entry),
      ),
    (entry) => booked(portfolio, entry),
  )
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

import { z } from 'zod'
import { exchange } from '#adapters/wire/exchange.js'
import { portfolioOf, subjects } from '#adapters/wire/subjects.js'
import { drawdownAt } from '#domain/book/evolve.js'
import { paramsOf } from '#domain/governance/judge.js'
import { drawdownLimit } from '#domain/governance/rules/drawdown.js'
import { value } from '#domain/lifecycle/begin.js'
import { unitValueNow } from '#domain/lifecycle/losses.js'
import type { MarketView } from '#domain/market.js'
import type { Confirmed } from '#domain/portfolio/event.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import type { Unsubscribe } from '#ports/bus.js'
import { universeView } from '#runtime/dispatch.js'
import type { Host } from '#runtime/host.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { type Sight, stateOf } from '../queries/sight.js'
import type { Command, SignedQuestion } from './authority.js'
import { signed } from './messages.js'
import { type ControlParts, managed, type Signed } from './parties.js'
import type { Requests } from './requests.js'

/** The high-water mark given up for what a unit is worth now. */
export const markReset = exchange(
  z.strictObject(signed),
  z.object({
    portfolio: z.string(),
    /** Value of a unit that losses are counted from now on, decimal. */
    mark: z.string(),
    /** The loss that counts no more, a fraction of the old mark; null when a repeated request no longer knows. */
    drawdown: z.number().nullable(),
    /** Journal sequence of the change; null when nothing was journaled. */
    seq: z.int().min(1).nullable(),
    /** True when this request id had been carried out before. */
    duplicate: z.boolean(),
    dry_run: z.boolean(),
  }),
)

/** What comes of resetting a mark, as it travels. */
export type MarkAnswer = z.output<typeof markReset.answer>

type Done = Omit<MarkAnswer, 'duplicate'>

type Parts = {
  readonly sight: Pick<Sight, 'snapshot' | 'market'>
  readonly engine: { readonly host: Pick<Host, 'deliver'>; readonly portfolios: readonly PortfolioId[] }
}

/** The verb a mark is reset by. */
export const MARK_RESET = 'drawdown-reset'

/** The command that forgets a loss: it lets more risk be taken, so two people must want it. */
export function serveDrawdown(
  parts: ControlParts,
  requests: Requests,
  serve: <Q extends SignedQuestion>(command: Command<Q>) => Unsubscribe,
): Unsubscribe {
  return serve<z.output<typeof markReset.question>>({
    verb: MARK_RESET,
    exchange: markReset,
    pattern: subjects.portfolio('*', MARK_RESET),
    loosens: () => true, // a loss that counts no more gives its risk back
    tightens: false,
    stands: (asked, subject) => markTerms(parts, portfolioOf(subject), asked),
    carryOut: (asked, subject, assent) => resetMarkOnce(parts, requests, portfolioOf(subject), asked, assent),
  })
}

/**
 * Resets the high-water mark of a portfolio to what a unit is worth at the newest prices, at most once for a request.
 * @throws Fault (never) `NO_DRAWDOWN_RULE` for a portfolio without the rule; (safe) `NOT_VALUED` while that cannot be told,
 * `NOT_STARTED` before the first prices.
 */
export async function resetMarkOnce(
  parts: Parts,
  requests: Requests,
  name: string,
  asked: Signed,
  assent: Confirmed = {},
): Promise<MarkAnswer> {
  const portfolio = managed(parts, name)
  const { request_id: id, actor, reason, dry_run: dryRun } = asked
  if (dryRun) {
    const { mark, drawdown } = would(parts, portfolio)
    return { portfolio, mark, drawdown, seq: null, duplicate: false, dry_run: true }
  }
  return requests.once<Done>(
    { portfolio, id, content: { verb: MARK_RESET, actor, reason } },
    (key) =>
      requests.inTurn(portfolio, async () => {
        const { view, drawdown } = would(parts, portfolio)
        const fact = { type: 'markReset', view, reason, actor, ...assent } as const
        const cause = `mark ${actor} ${key.key}`
        const { entry, after } = await parts.engine.host.deliver(portfolio, fact, cause, { answers: [], inbox: key })
        return { portfolio, mark: markOf(after.context), drawdown, seq: entry.seq, dry_run: false }
      }),
    ({ seq }) => {
      const mark = markOf(stateOf(parts.sight, portfolio).context)
      return { portfolio, mark, drawdown: null, seq, dry_run: false }
    },
  )
}

/** What a second operator confirms: which mark is given up, for whom and why. Not the new one, which prices move on. */
function markTerms({ sight, engine }: Parts, name: string, { actor, reason }: Signed): readonly string[] {
  const portfolio = managed({ engine }, name)
  const { context } = stateOf(sight, portfolio)
  assertRule(portfolio, context)
  return [`${portfolio}: the high-water mark of ${markOf(context)} a unit is given up, asked by ${actor}: ${reason}`]
}

/** What a reset would do now, and the market it is measured on. */
function would(
  { sight }: Parts,
  portfolio: PortfolioId,
): Pick<Done, 'mark' | 'drawdown'> & { readonly view: MarketView } {
  const snapshot = stateOf(sight, portfolio)
  const { context } = snapshot
  assertRule(portfolio, context)
  const view = universeView(sight.market(portfolio).view, snapshot)
  const unit = unitValueNow(context, view)
  if (unit === null)
    throw new Fault(
      'NOT_VALUED',
      `what ${portfolio} is worth cannot be told: a holding has no price, or nothing is left`,
      'safe',
    )
  const { equity } = value(context, view)
  return { mark: unit.toFixed(6), drawdown: drawdownAt(context.book, equity), view }
}

function assertRule(portfolio: PortfolioId, { policy }: PortfolioState): void {
  if (paramsOf(drawdownLimit, policy.governance) === null)
    throw new Fault(
      'NO_DRAWDOWN_RULE',
      `no rule of ${portfolio} counts its drawdown: governance.rules.drawdown would; it would change nothing`,
      'never',
    )
}

const markOf = ({ book }: PortfolioState): string => book.nav.highWaterPerUnit.toFixed(6)

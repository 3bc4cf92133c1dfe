import type { z } from 'zod'
import { portfolioOf, subjects } from '#adapters/wire/subjects.js'
import type { Entry } from '#domain/portfolio/entry.js'
import { clampedMultiplier } from '#domain/regime/multiplier.js'
import type { MarketRegime } from '#domain/regime/regime.js'
import { NO_REGIME, standingAfter } from '#domain/regime/standing.js'
import type { Unsubscribe } from '#ports/bus.js'
import type { Engine } from '#runtime/engine.js'
import { hold } from '#units/assert.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { type Instant, later, toIso } from '#units/time.js'
import { stateOf } from '../queries/sight.js'
import type { Command, SignedQuestion } from './authority.js'
import { control, type RegimeAnswer } from './messages.js'
import { type ControlParts, managed, type Signed } from './parties.js'
import type { Requests } from './requests.js'

type Parts = { readonly sight: Pick<ControlParts['sight'], 'snapshot'> } & {
  readonly engine: Pick<Engine, 'regimes' | 'portfolios'>
}

/** What is to stand in place of readings, and for how long; null takes back what does. */
type Wish = { readonly regime: MarketRegime; readonly forMs: number } | null

type Done = Omit<RegimeAnswer, 'duplicate'>

/** Commands that put a person's word in place of a detector's; what lets more be held takes two people. */
export function serveRegime(
  parts: ControlParts,
  requests: Requests,
  serve: <Q extends SignedQuestion>(command: Command<Q>) => Unsubscribe,
): readonly Unsubscribe[] {
  const pattern = (verb: string): string => subjects.portfolio('*', verb)
  const terms = (subject: string, wish: Wish): readonly string[] => regimeTerms(parts, portfolioOf(subject), wish)
  return [
    serve<z.output<typeof control.regimeSet.question>>({
      verb: 'regime-set',
      exchange: control.regimeSet,
      pattern: pattern('regime-set'),
      loosens: (asked, subject) => enlarges(parts, portfolioOf(subject), wishOf(asked)),
      tightens: false,
      stands: (asked, subject) => terms(subject, wishOf(asked)),
      carryOut: (asked, subject) => setRegime(parts, requests, portfolioOf(subject), asked, wishOf(asked)),
    }),
    serve<z.output<typeof control.regimeClear.question>>({
      verb: 'regime-clear',
      exchange: control.regimeClear,
      pattern: pattern('regime-clear'),
      loosens: (_, subject) => enlarges(parts, portfolioOf(subject), null),
      tightens: false,
      stands: (_, subject) => terms(subject, null),
      carryOut: (asked, subject) => setRegime(parts, requests, portfolioOf(subject), asked, null),
    }),
  ]
}

const wishOf = ({ regime, for_ms: forMs }: { readonly regime: MarketRegime; readonly for_ms: number }): Wish => ({
  regime,
  forMs,
})

/**
 * Puts a regime in place of what readings say, or takes it back, at most once for a request.
 * @throws Fault (never) `NO_REGIME` for a portfolio that its file gives none, `NOTHING_SET` when there is nothing to take back.
 */
export async function setRegime(
  parts: Parts,
  requests: Requests,
  name: string,
  asked: Signed,
  wish: Wish,
): Promise<RegimeAnswer> {
  const portfolio = managed(parts, name)
  const { request_id: id, actor, reason, dry_run: dryRun } = asked
  const until = wish === null ? null : later(parts.engine.regimes.now, wish.forMs)
  const check = (): void => {
    const { context } = stateOf(parts.sight, portfolio)
    if (context.policy.regime === undefined)
      throw new Fault('NO_REGIME', `the file of ${portfolio} has no section regime: it would change nothing`, 'never')
    if (wish === null && (context.regime ?? NO_REGIME).override === null)
      throw new Fault('NOTHING_SET', `nobody has set a regime for ${portfolio}: it goes by its readings`, 'never')
  }
  if (dryRun) {
    check()
    return { ...would(parts, portfolio, wish), seq: null, duplicate: false, dry_run: true }
  }
  return requests.once<Done>(
    { portfolio, id, content: { verb: 'regime', wish, actor, reason } },
    async (key) => {
      check()
      const override = wish === null || until === null ? null : { regime: wish.regime, until }
      const { entry, after } = await parts.engine.regimes.set(portfolio, { override, actor, reason }, key)
      const { regime, multiplier } = after.context.regime ?? NO_REGIME
      return answerOf(portfolio, regime, multiplier, override?.until ?? null, entry.seq)
    },
    (entry) => recalled(parts, portfolio, entry),
  )
}

/** True when weights would be larger under a wish than they are now. */
export function enlarges(parts: Parts, name: string, wish: Wish): boolean {
  const portfolio = managed(parts, name)
  const { context } = stateOf(parts.sight, portfolio)
  return would(parts, portfolio, wish).multiplier > (context.regime ?? NO_REGIME).multiplier
}

/** What a second person confirms. */
function regimeTerms(parts: Parts, name: string, wish: Wish): readonly string[] {
  const portfolio = managed(parts, name)
  const { regime, multiplier } = stateOf(parts.sight, portfolio).context.regime ?? NO_REGIME
  const to = wish === null ? 'by its readings again' : `${wish.regime} for ${wish.forMs / 60_000} minutes`
  return [`${portfolio}: ${regime}, weights × ${multiplier}, becomes ${to}`]
}

function would(parts: Parts, portfolio: PortfolioId, wish: Wish): Omit<Done, 'seq' | 'dry_run'> {
  const { policy, regime } = stateOf(parts.sight, portfolio).context
  const now = parts.engine.regimes.now
  const terms = policy.regime
  if (terms === undefined) return answerOf(portfolio, 'UNKNOWN', 1, null, null)
  if (wish !== null)
    return answerOf(
      portfolio,
      wish.regime,
      clampedMultiplier(terms.multipliers[wish.regime]),
      later(now, wish.forMs),
      null,
    )
  const after = standingAfter(regime ?? NO_REGIME, { override: null }, now, terms)
  return answerOf(portfolio, after.regime, after.multiplier, null, null)
}

function recalled({ sight }: Parts, portfolio: PortfolioId, { event, seq }: Entry): Done {
  hold(event.type === 'regimeSet', 'request', () => `a regime set made ${event.type}`)
  const { regime, multiplier } = stateOf(sight, portfolio).context.regime ?? NO_REGIME
  return answerOf(portfolio, event.override?.regime ?? regime, multiplier, event.override?.until ?? null, seq)
}

const answerOf = (
  portfolio: PortfolioId,
  regime: MarketRegime,
  multiplier: number,
  until: Instant | null,
  seq: number | null,
): Done => ({ portfolio, regime, multiplier, until: until && toIso(until), seq, dry_run: seq === null })

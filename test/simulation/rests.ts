import type { PortfolioEvent } from '#domain/portfolio/event.js'
import type { Run } from '#domain/run.js'
import type { Commit } from '#ports/journal.js'
import type { SessionDate } from '#units/time.js'

/** Kinds of run that nothing holds back but that their last was refused, with the session it was refused in. */
export type Rests = Map<string, SessionDate>

const UNCAPPED: ReadonlySet<string> = new Set(['risk', 'cash'])

/** Events after which a rule may judge otherwise. */
const CHANGES: ReadonlySet<PortfolioEvent['type']> = new Set([
  ...(['configured', 'restored', 'marked', 'deposited', 'filled', 'busted', 'adjusted'] as const),
  ...(['regimeRead', 'regimeSet', 'volatilityRead', 'inputsRead', 'restrained', 'markReset', 'timedOut'] as const),
])

/** Follows a step and says what must not be: a run begun by itself that a rule refused in the same session, with nothing changed since. */
export function followRests(known: Rests, { entry: { event, at }, run }: Commit): readonly string[] {
  if (CHANGES.has(event.type)) known.clear()
  const wrong = event.type === 'triggered' ? begunAgain(known, event) : []
  // Once, as it ends: an event that changes something afterwards may be about the same run.
  if (run !== null && run.endedAt === at && isRefused(run)) known.set(run.trigger.kind, run.session)
  return wrong
}

function begunAgain(
  known: Rests,
  { trigger, view }: Extract<PortfolioEvent, { type: 'triggered' }>,
): readonly string[] {
  if (!UNCAPPED.has(trigger.kind) || trigger.task !== undefined || known.get(trigger.kind) !== view.session) return []
  return [`a ${trigger.kind} run begins again in ${view.session}, where a rule has refused it`]
}

/** Refused as a whole, and not put off to a time. */
const isRefused = ({ judgements, outcome }: Run): boolean =>
  judgements.some(
    ({ rule, leg, verdict, reason, retryAt }) =>
      leg === null && verdict === 'reject' && retryAt === undefined && outcome === `${rule}: ${reason}`,
  )

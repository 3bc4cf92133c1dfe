import type { z } from 'zod'
import { portfolioOf, subjects } from '#adapters/wire/subjects.js'
import type { Unsubscribe } from '#ports/bus.js'
import type { Command, SignedQuestion } from './authority.js'
import { decideOnce } from './decide.js'
import { control } from './messages.js'
import type { ControlParts } from './parties.js'
import type { Requests } from './requests.js'

/**
 * Commands with which people decide on a plan that waits, one signature each: how many must approve is the portfolio's
 * policy, and each of them counts as the person who signed. A rejection lets nothing trade.
 */
export function serveDecisions(
  parts: ControlParts,
  requests: Requests,
  serve: <Q extends SignedQuestion>(command: Command<Q>) => Unsubscribe,
): readonly Unsubscribe[] {
  return (['approve', 'reject'] as const).map((verdict) =>
    serve<z.output<typeof control.decide.question>>({
      verb: `${verdict}-plan`,
      exchange: control.decide,
      pattern: subjects.portfolio('*', verdict),
      loosens: () => false,
      tightens: verdict === 'reject',
      personal: verdict === 'approve',
      carryOut: (asked, subject) => decideOnce(parts, requests, portfolioOf(subject), verdict, asked),
    }),
  )
}

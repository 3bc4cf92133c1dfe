import type { z } from 'zod'
import { portfolioOf, subjects } from '#adapters/wire/subjects.js'
import type { RunTask } from '#domain/task.js'
import type { Unsubscribe } from '#ports/bus.js'
import type { Command, SignedQuestion } from './authority.js'
import { liquidationTerms } from './liquidation.js'
import { control } from './messages.js'
import type { ControlParts } from './parties.js'
import type { Requests } from './requests.js'
import { beginRun } from './run.js'

/** Commands that move cash by trading: what the subject says, and what the run is to do. */
const CASH_RUNS = { invest: 'invest-cash', withdraw: 'withdraw-cash' } as const

/**
 * Commands that begin a run. One that rebalances, invests or frees cash trades towards the targets there are and is one
 * signature; turning everything into cash is two.
 */
export function serveRuns(
  parts: ControlParts,
  requests: Requests,
  serve: <Q extends SignedQuestion>(command: Command<Q>) => Unsubscribe,
): readonly Unsubscribe[] {
  const ofOne = (verb: string): string => subjects.portfolio('*', verb)
  return [
    serve<z.output<typeof control.rebalance.question>>({
      verb: 'run',
      exchange: control.rebalance,
      pattern: ofOne('run'),
      loosens: () => false,
      tightens: false,
      carryOut: ({ to, ...asked }, subject) => {
        const wish = to === undefined ? {} : { task: { type: 'full', to } as const }
        return beginRun(parts, requests, portfolioOf(subject), asked, wish)
      },
    }),
    ...(['invest', 'withdraw'] as const).map((verb) =>
      serve<z.output<typeof control.cashRun.question>>({
        verb,
        exchange: control.cashRun,
        pattern: ofOne(verb),
        loosens: () => false,
        tightens: false,
        carryOut: ({ amount, ...asked }, subject) => {
          const task: RunTask = { type: CASH_RUNS[verb], amount }
          return beginRun(parts, requests, portfolioOf(subject), asked, { task })
        },
      }),
    ),
    serve<z.output<typeof control.run.question>>({
      verb: 'liquidate',
      exchange: control.run,
      pattern: ofOne('liquidate'),
      loosens: () => true, // it only takes risk away, and nothing brings back what it sells
      tightens: false,
      stands: (asked, subject) => liquidationTerms(parts, portfolioOf(subject), asked),
      carryOut: (asked, subject, assent) =>
        beginRun(parts, requests, portfolioOf(subject), asked, { task: { type: 'liquidate' }, ...assent }),
    }),
  ]
}

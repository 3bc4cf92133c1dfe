import type { z } from 'zod'
import { portfolioOf, subjects } from '#adapters/wire/subjects.js'
import { isReset } from '#domain/permission/restraint.js'
import type { Unsubscribe } from '#ports/bus.js'
import { adjustOnce, adjustTerms } from './adjust.js'
import type { Authority, Command, SignedQuestion } from './authority.js'
import { bookCash, cashTerms, type Flow } from './cash.js'
import { serveDecisions } from './decision-commands.js'
import { serveDrawdown } from './drawdown.js'
import { control, PERMISSIONS, type PermissionVerb } from './messages.js'
import { type ControlParts, observerOf, type Signed } from './parties.js'
import { haltAll, permitOnce } from './permission.js'
import { serveRegime } from './regime.js'
import { reloadOnce } from './reload.js'
import type { Requests } from './requests.js'
import { restrainOnce } from './restrain.js'
import { serveRuns } from './run-commands.js'
import { permissionUndone, restraintUndone } from './undone.js'

/**
 * Serves every command that changes something, each under the authority's rules. Kill is one signature; what undoes a
 * halt or reduction, or books cash by hand, is two. Each is logged with who and why once it is carried out.
 */
export function serveCommands(parts: ControlParts, requests: Requests, authority: Authority): readonly Unsubscribe[] {
  const observer = observerOf(parts.metrics)
  const serve = <Q extends SignedQuestion>(command: Command<Q>): Unsubscribe =>
    authority.serve(parts.bus, logged(parts, command), observer)
  const ofOne = (verb: string): string => subjects.portfolio('*', verb)
  return [
    ...(Object.keys(PERMISSIONS) as PermissionVerb[]).map((verb) =>
      serve<z.output<typeof control.permit.question>>({
        verb,
        exchange: control.permit,
        pattern: ofOne(verb),
        loosens: (_, subject) => resets(parts, subject, verb),
        tightens: verb !== 'resume',
        stands: (_, subject) => permissionUndone(parts, portfolioOf(subject)),
        carryOut: (asked, subject, assent) =>
          permitOnce(parts, requests, portfolioOf(subject), PERMISSIONS[verb], asked, assent),
      }),
    ),
    ...(['deposit', 'payout'] satisfies Flow[]).map((flow) =>
      serve<z.output<typeof control.cash.question>>({
        verb: flow,
        exchange: control.cash,
        pattern: ofOne(flow),
        loosens: () => true, // money that leaves or comes is booked by hand
        tightens: false,
        stands: (asked, subject) => cashTerms(parts, portfolioOf(subject), flow, asked),
        carryOut: (asked, subject, assent) => bookCash(parts, requests, portfolioOf(subject), flow, asked, assent),
      }),
    ),
    ...serveRuns(parts, requests, serve),
    ...serveDecisions(parts, requests, serve),
    ...serveRegime(parts, requests, serve),
    serveDrawdown(parts, requests, serve),
    serve<z.output<typeof control.adjust.question>>({
      verb: 'adjust',
      exchange: control.adjust,
      pattern: ofOne('adjust'),
      loosens: () => true, // it books by hand
      tightens: false,
      stands: (asked, subject) => adjustTerms(parts, portfolioOf(subject), asked),
      carryOut: (asked, subject, assent, terms) =>
        adjustOnce(parts, requests, portfolioOf(subject), asked, { ...assent, terms }),
    }),
    ...ofDaemon(parts, requests, serve),
  ]
}

/** Commands to the daemon as a whole. */
function ofDaemon(
  parts: ControlParts,
  requests: Requests,
  serve: <Q extends SignedQuestion>(command: Command<Q>) => Unsubscribe,
): readonly Unsubscribe[] {
  return [
    serve<z.output<typeof control.halt.question>>({
      verb: 'halt-all',
      exchange: control.halt,
      pattern: subjects.control('halt'),
      loosens: never,
      tightens: true,
      carryOut: (asked) => haltAll(parts, requests, asked),
    }),
    serve<z.output<typeof control.reload.question>>({
      verb: 'reload',
      exchange: control.reload,
      pattern: subjects.control('reload'),
      loosens: never, // known only once the files are read: looser limits are refused then, unless two want them
      tightens: false,
      carryOut: (asked, _, assent, terms) => reloadOnce(parts, requests, asked, { ...assent, terms }),
    }),
    serve<z.output<typeof control.kill.question>>({
      verb: 'kill',
      exchange: control.kill,
      pattern: subjects.control('kill'),
      loosens: never,
      tightens: true,
      carryOut: (asked) => restrainOnce(parts, requests, asked.level, asked),
    }),
    serve<z.output<typeof control.unkill.question>>({
      verb: 'unkill',
      exchange: control.unkill,
      pattern: subjects.control('unkill'),
      loosens: () => true,
      tightens: false,
      stands: (asked) => restraintUndone(parts, asked),
      carryOut: (asked, _, assent) => restrainOnce(parts, requests, 'active', asked, assent),
    }),
  ]
}

const never = (): boolean => false

/** True when a change of permission would undo a halt or reduction, as the portfolio stands now. */
function resets({ sight }: ControlParts, subject: string, verb: PermissionVerb): boolean {
  const snapshot = sight.snapshot(portfolioOf(subject) as Parameters<typeof sight.snapshot>[0])
  return snapshot !== undefined && isReset(snapshot.value.permission, PERMISSIONS[verb])
}

function logged<Q extends SignedQuestion>({ log }: ControlParts, command: Command<Q>): Command<Q> {
  return {
    ...command,
    carryOut: async (asked, subject, assent, terms) => {
      const answer = await command.carryOut(asked, subject, assent, terms)
      const { actor, reason, request_id: request, signature } = asked as Signed & Pick<SignedQuestion, 'signature'>
      const signed = signature !== null || assent.approved !== undefined
      log.warn({ verb: command.verb, subject, actor, reason, request, signed, ...assent }, 'asked by hand')
      return answer
    },
  }
}

import type { Command } from 'commander'
import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import { daemonOf } from './context.js'
import { type Waiting, withDaemon } from './daemon.js'
import { decideByHand } from './decide.js'
import { CliError, EXIT } from './failure.js'
import { type Output, outputOf } from './output.js'
import { type Questions, withQuestions } from './questions.js'
import { requestIdOf, type SignatureOptions, signatureOf, signed } from './signature.js'
import { facts, table } from './table.js'

type Options = SignatureOptions & { readonly plan?: string }

/**
 * `ballast approve PORTFOLIO --plan HASH` and `ballast reject PORTFOLIO --plan HASH`: a person's word on a plan that waits.
 * `ballast approve ID`: the second signature under what takes two operators. Without an argument: what waits.
 */
export function registerApprove(program: Command): void {
  const approve = program
    .command('approve')
    .description('approve a plan that waits, or confirm what another operator asked for; alone lists what waits')
    .argument('[what]', 'the portfolio whose plan it is, or the id of what another operator asked for')
    .option('--plan <hash>', 'the plan, by its hash or the first 8 digits of it at least')
  signed(approve).action(async (what: string | undefined, options: Options, self: Command) => {
    const output = outputOf(self)
    const { plan } = options
    if (what === undefined && plan !== undefined)
      throw new CliError(EXIT.usage, 'USAGE', '--plan is of a portfolio: name it')
    if (what === undefined) return listWaiting(output)
    if (plan !== undefined) return decideByHand(output, { verdict: 'approve', portfolio: what, digits: plan, options })
    return confirm(output, what, options)
  })
  const reject = program
    .command('reject')
    .description('reject a plan that waits: its run ends and nothing is traded')
    .argument('<portfolio>')
    .requiredOption('--plan <hash>', 'the plan, by its hash or the first 8 digits of it at least')
  signed(reject).action(
    async (portfolio: string, options: SignatureOptions & { readonly plan: string }, self: Command) =>
      decideByHand(outputOf(self), { verdict: 'reject', portfolio, digits: options.plan, options }),
  )
}

/** Confirms what another operator asked for. */
async function confirm(output: Output, id: string, options: SignatureOptions): Promise<void> {
  if (!/^[0-9a-f]{32}$/.test(id))
    throw new CliError(EXIT.usage, 'USAGE', `${id} is no id of a request that waits; a plan is named with --plan HASH`)
  const { actor, reason } = signatureOf(options, 'approve')
  const asked = { id, request_id: requestIdOf(options), actor, reason, dry_run: false }
  if (options.dryRun === true)
    throw new CliError(EXIT.usage, 'USAGE', 'approve has no dry run: list what waits instead')
  const connection = daemonOf(output.settings)
  if (connection === null)
    throw new CliError(EXIT.usage, 'USAGE', 'approve is for a running daemon: give --context or --nats')
  const done = await withDaemon(output.settings, connection, (daemon) =>
    daemon.change(control.approve, subjects.control('approve'), asked),
  )
  const { verb, by, approved_by, terms, answer } = done
  output.print({ ...done, answer: JSON.parse(answer) as unknown }, () =>
    facts(output, [
      ['done', verb],
      ...terms.map((term) => ['what', term] as const),
      ['asked by', by],
      ['confirmed by', approved_by],
    ]),
  )
}

/** Everything that waits: plans for people, and, where a daemon runs, requests for a second operator. */
async function listWaiting(output: Output): Promise<void> {
  const { settings } = output
  const connection = daemonOf(settings)
  const plans = await withQuestions(settings, waitingPlans)
  const requests = connection === null ? [] : await withDaemon(settings, connection, (daemon) => daemon.approvals())
  const rows = [
    ...plans.map((row) => ({ kind: 'plan' as const, ...row })),
    ...requests.map((row) => ({ kind: 'request' as const, ...row })),
  ]
  output.print(rows, () => {
    if (plans.length === 0) return requestsText(output, requests)
    const own = plansText(output, plans)
    return requests.length === 0 ? own : `${own}\n\n${requestsText(output, requests)}`
  })
}

type WaitingPlan = Awaited<ReturnType<typeof waitingPlans>>[number]

/** Plans that wait, by portfolio. */
async function waitingPlans(questions: Questions) {
  const waiting = (await questions.portfolios()).filter(({ state }) => state === 'awaitingApproval')
  const rows = await Promise.all(waiting.map(({ id }) => questions.ask('status', id, {})))
  return rows.flatMap(({ portfolio, approval }) => (approval === null ? [] : [{ portfolio, ...approval }]))
}

/** Plans that wait, and under each why. */
function plansText(output: Output, rows: readonly WaitingPlan[]): string {
  const columns = [['PLAN'], ['PORTFOLIO'], ['RUN'], ['APPROVED BY'], ['TAKES', 'r'], ['SINCE'], ['UNTIL']] as const
  const lines = rows.map(({ plan, portfolio, run, approvedBy, approvers, since, until }) => [
    ...[plan.slice(0, 12), portfolio, run],
    ...[approvedBy.join(', ') || '-', String(approvers), since, until],
  ])
  const why = rows.flatMap(({ plan, reasons }) => reasons.map((reason) => [plan.slice(0, 12), reason] as const))
  return `${table(output, columns, lines, '')}\n\n${facts(output, why)}`
}

/** What waits for a second operator, and under each request what exactly its confirmation would let through. */
function requestsText(output: Output, rows: readonly Waiting[]): string {
  const columns = [['ID'], ['WHAT'], ['PORTFOLIO'], ['ASKED BY'], ['WHY'], ['UNTIL']] as const
  const lines = rows.map(({ id, verb, portfolio, by, reason, expires }) => [
    ...[id, verb, portfolio ?? '-'],
    ...[by, reason, expires],
  ])
  const list = table(output, columns, lines, 'Nothing waits for a second operator.')
  const exactly = rows.flatMap(({ id, terms }) => terms.map((term) => [id, term] as const))
  return exactly.length === 0 ? list : `${list}\n\n${facts(output, exactly)}`
}

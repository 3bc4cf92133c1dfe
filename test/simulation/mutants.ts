import { type Mutant, one, type Patch } from './mutant.js'
import { AIMS } from './mutants-aims.js'
import { APPROVAL } from './mutants-approval.js'
import { CASH } from './mutants-cash.js'
import { CORRECTIONS } from './mutants-corrections.js'
import { JOURNAL } from './mutants-journal.js'
import { LOSSES } from './mutants-losses.js'
import { REGIME } from './mutants-regime.js'
import { RESTRAINTS } from './mutants-restraints.js'
import { RULES } from './mutants-rules.js'
import { SHORTS } from './mutants-shorts.js'
import { VOLUMES } from './mutants-volumes.js'
import { WEAK } from './mutants-weak.js'

/** Faults in how orders are sent and given up. */
const ORDERS: readonly Mutant[] = [
  one(
    'new-id-per-retry',
    'an order that is sent again goes under a new id',
    'src/runtime/dispatch.ts',
    'gateway.submit(markJournaled(order), epoch)',
    "gateway.submit(markJournaled(order.sends > 1 ? { ...order, id: order.id.slice(0, 25).concat(order.id.endsWith('A') ? 'B' : 'A') as Order['id'] } : order), epoch)",
  ),
  one(
    'silence-is-rejection',
    'no answer to a submit is taken as a rejection',
    'src/runtime/dispatch.ts',
    "if (error instanceof Fault) return { kind: 'unanswered',",
    "if (error instanceof Fault) return { kind: 'rejected',",
  ),
  one(
    'unseen-is-dead',
    'an order the gateway has not seen is given up without its promise',
    'src/runtime/dispatch.ts',
    "answer.kind === 'unknown' ? { kind: 'unseen' } : reportNews(answer.report)",
    "answer.kind === 'unknown' ? { kind: 'promised' } : reportNews(answer.report)",
  ),
  one(
    'never-not-asked',
    'the promise never to accept an id is not asked for',
    'src/runtime/dispatch.ts',
    'return neverNews(await gateway.never(portfolio, request.orderId, epoch))',
    "return { kind: 'unanswered', reason: 'not asked' }",
  ),
  one(
    'never-assumed',
    'the promise is assumed, not asked for',
    'src/runtime/dispatch.ts',
    'return neverNews(await gateway.never(portfolio, request.orderId, epoch))',
    "return { kind: 'promised' }",
  ),
  one(
    'cancel-believed',
    'an order is closed when its cancel was sent, whatever became of it',
    'src/runtime/dispatch.ts',
    `          await gateway.cancel(portfolio, request.orderId, epoch)
          return queryNews(await gateway.query(portfolio, request.orderId))`,
    `          await gateway.cancel(portfolio, request.orderId, epoch)
          return {
            kind: 'reported',
            status: 'cancelled',
            cumulative: this.ports.snapshot(portfolio)!.context.run!.orders[request.orderId]!.cumulative,
            reason: '',
          }`,
  ),
  one(
    'cancel-asked-once',
    'a cancel without an answer is not asked about again',
    'machines/order.machine.ts',
    "        deadline: { target: 'cancelling', reenter: true, actions: ask('query') },\n",
    '',
  ),
  one(
    'unlimited-back-off',
    'the pause before an order is asked about again grows without limit',
    'src/domain/order-life.ts',
    'later(now, Math.min(longest, FIRST_RETRY_MS * 2 ** order.waits))',
    'later(now, FIRST_RETRY_MS * 2 ** order.waits)',
  ),
  {
    name: 'sent-too-late',
    fault: 'an order is sent again after its last moment',
    patches: [
      {
        file: 'src/domain/order-life.ts',
        find: '(order: Order, now: Instant): boolean => now < order.body.notAfter',
        replace: '(order: Order, now: Instant): boolean => now > 0',
      },
      {
        file: 'src/runtime/dispatch.ts',
        find: "    if (now >= body.notAfter) return 'it is too late for it'\n",
        replace: '',
      },
    ],
  },
  one(
    'withdrawn-stays',
    'a submit that is no longer wanted stays in the outbox',
    'src/runtime/record.ts',
    'outboxRemove: [...origin.answers, ...withdrawn(before, step)],',
    'outboxRemove: [...origin.answers],',
  ),
]

/** Faults in how fills are taken and runs ended. */
const FILLS: readonly Mutant[] = [
  one(
    'no-inbox-dedupe',
    'an execution reported again is booked again',
    'src/runtime/intake.ts',
    'const booked = pending?.digest ?? this.journal.inbox(portfolio, key)',
    'const booked = pending?.digest',
  ),
  one(
    'ack-before-commit',
    'a report is acknowledged before it is on disk',
    'src/runtime/intake.ts',
    '      await done\n',
    '      void done.catch(() => undefined)\n',
  ),
  one(
    'copy-acked-early',
    'a copy of a report is acknowledged while the first is being written',
    'src/runtime/intake.ts',
    '    if (pending?.digest === content) return pending.done\n',
    '',
  ),
  one(
    'conflict-ignored',
    'an execution with two contents is passed over',
    'src/runtime/intake.ts',
    "      await this.host.deliver(portfolio, { type: 'conflicted', execution, booked }, execution.orderId)\n",
    '',
  ),
  one(
    'terminal-is-complete',
    'an order that ended is complete, whatever of it is booked',
    'src/domain/order.ts',
    'return TERMINAL.has(order.status) && (order.reported === null || order.cumulative.gte(order.reported))',
    'return TERMINAL.has(order.status)',
  ),
  one(
    'late-fills-forgotten',
    'a fill after the end is booked and not counted for its order',
    'machines/order.machine.ts',
    'const LATE = { on: { ...TALLIES, reported: CORRECTED } }',
    'const LATE = { on: { reported: CORRECTED } }',
  ),
  one(
    'overfill-unnoticed',
    'a fill beyond its order changes no permission',
    'src/domain/lifecycle/booking.ts',
    'if (plus(order.cumulative, execution.quantity).gt(order.body.quantity)) return true\n',
    'if (plus(order.cumulative, execution.quantity).gt(order.body.quantity)) return false\n',
  ),
  one(
    'reservation-kept',
    'the cash reserved for an order is not given back when it is complete',
    'src/domain/lifecycle/booking.ts',
    "  if (isComplete(order)) return { ...state, book: evolve(state.book, { type: 'released', orderId: order.id }) }\n",
    '',
  ),
  one(
    'rollback-unbooks',
    'a run rolled back takes its bought positions out of the books',
    'src/domain/lifecycle/ending.ts',
    'const ended = forgetCured(enter(next, status, event))',
    "const ended = forgetCured({ ...enter(next, status, event), book: { ...next.book, positions: Object.fromEntries(Object.entries(next.book.positions).filter(([name]) => !Object.values(run.orders).some((order) => order.body.instrument === name && order.body.side === 'buy'))) } })",
  ),
]

const NO_LOOK: Patch = {
  file: 'src/runtime/dispatch.ts',
  find: 'snapshot === undefined ? null : withheld(snapshot.value.permission, snapshot.context, body)',
  replace: 'null',
}
const ANY_BUYS: Patch = {
  file: 'machines/portfolio.machine.ts',
  find: "mayBuy: and(['looked', 'unrestrained', or([stateIn({ permission: 'active' }), stateIn({ permission: 'paused' })])]),",
  replace: "mayBuy: 'looked',",
}

/** Faults in how a portfolio is taken over, and in what permissions do. */
const OWNERSHIP: readonly Mutant[] = [
  {
    ...one(
      'no-reconcile',
      'a take-over does not ask what it missed',
      'src/runtime/reconcile.ts',
      '  await bookMissed(portfolio, ports)\n  await askAboutOpen(portfolio, ports)\n  const { breaks } = await agree(portfolio, ports, LOOKS)\n',
      "  const breaks: Comparison['breaks'] = []\n",
    ),
    // What a take-over leaves out the next comparison makes up for.
    alsoWithout: ['comparisons'],
  },
  // Not to ask about open orders at a take-over is no fault of its own: its comparison asks about them as well.
  one(
    'ends-unheard',
    'a comparison that finds an order ended at the gateway does not tell it so',
    'src/runtime/reconcile.ts',
    '    if (seen === 1) await hearEnds(portfolio, ports, isOpen)\n',
    '    void isOpen\n',
  ),
  {
    ...one(
      'no-fencing',
      'a take-over does not fence who had the portfolio before',
      'src/runtime/reconcile.ts',
      'const { epoch: fenced } = await gateway.fence(portfolio, epoch)',
      'const fenced = epoch as number',
    ),
    alsoWithout: ['fencing'],
  },
  one(
    'epoch-not-raised',
    'a take-over keeps the epoch of the life before',
    'src/runtime/reconcile.ts',
    'const epoch = Math.max(journaled, seen) + 1',
    'const epoch = Math.max(journaled, seen, 1)',
  ),
  one(
    'acts-unowned',
    'requests are carried out before this process has taken over',
    'src/runtime/engine.ts',
    "} else if (this.#ownership.carriesOut(portfolio, entry.seq) && after.value.ownership === 'ready')",
    '} else',
  ),
  one(
    'no-last-look',
    'permission is not looked at again before an order leaves',
    'src/runtime/dispatch.ts',
    NO_LOOK.find,
    NO_LOOK.replace,
  ),
  {
    name: 'halt-ignored',
    fault: 'a halt neither ends the run nor keeps orders from leaving',
    patches: [
      {
        file: 'machines/portfolio.machine.ts',
        find: "            permitted: { guard: 'toHalted', target: '#unwinding' },\n",
        replace: '',
      },
      ANY_BUYS,
      NO_LOOK,
    ],
  },
  { name: 'reduce-ignored', fault: 'buys leave while trading is being reduced', patches: [ANY_BUYS, NO_LOOK] },
  // Either look alone is no fault: what the first lets through the second refuses, and the policy goes on waiting.
  {
    name: 'policy-lost',
    fault: 'a policy that comes while a run is under way is dropped',
    patches: [
      {
        file: 'src/runtime/adoption.ts',
        find: "if (snapshot === undefined || leaf(snapshot.value) !== 'watching' || this.#underWay.has(portfolio)) return",
        replace: 'if (snapshot === undefined || this.#underWay.has(portfolio)) return',
      },
      { file: 'src/runtime/adoption.ts', find: '        betweenRuns,\n', replace: '' },
    ],
  },
  one(
    'lie-believed',
    'an answer of the solver is not certified',
    'src/runtime/targeting.ts',
    'const doubt = doubtOf(problem, answer)',
    'const doubt = doubtOf(problem, answer) === undefined ? String(problem) : null',
  ),
]

/** Every planted fault. */
export const MUTANTS: readonly Mutant[] = [
  ...ORDERS,
  ...FILLS,
  ...CASH,
  ...CORRECTIONS,
  ...JOURNAL,
  ...OWNERSHIP,
  ...RESTRAINTS,
  ...APPROVAL,
  ...WEAK,
  ...AIMS,
  ...SHORTS,
  ...RULES,
  ...REGIME,
  ...LOSSES,
  ...VOLUMES,
]

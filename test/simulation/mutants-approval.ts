import { type Mutant, one } from './mutant.js'

const UNCHECKED = {
  file: 'src/domain/lifecycle/release.ts',
  find: 'const open = run.approval === undefined || isGranted(run.approval)',
  replace: 'const open = run.approval === undefined || !isGranted(run.approval) || isGranted(run.approval)',
}

// The deadline alone hides that a late word is taken, so both go: see `approved-too-late`.
const NEVER_EXPIRES = one(
  'never-expires',
  'a plan that nobody approves waits for ever',
  'machines/guards.ts',
  "event.type === 'timedOut' && event.timer === approvalTimer(context.run)",
  "event.type === 'timedOut' && event.timer === approvalTimer(context.run) && context.runs < 0",
)

/** Faults in how plans wait for people, and in what their word allows. */
export const APPROVAL: readonly Mutant[] = [
  {
    name: 'approval-skipped',
    fault: 'a plan that people must approve trades at once',
    patches: [
      {
        file: 'machines/portfolio.machine.ts',
        find: "                { guard: 'needsApproval', target: 'awaitingApproval' },\n",
        replace: '',
      },
      UNCHECKED,
    ],
  },
  one(
    'stale-plan-approved',
    'a word on another plan counts for the one that waits',
    'src/domain/approval/refusal.ts',
    'if (run.id !== id || hash !== plan) {',
    'if (run.id !== id && hash !== plan) {',
  ),
  {
    ...NEVER_EXPIRES,
    name: 'approved-too-late',
    fault: 'the deadline of a plan does nothing, and it is approved after it',
    patches: [
      ...NEVER_EXPIRES.patches,
      {
        file: 'src/domain/approval/refusal.ts',
        find: 'if (at >= until) return',
        replace: 'if (at >= until && at < 0) return',
      },
    ],
  },
  NEVER_EXPIRES,
  {
    name: 'one-person-is-two',
    fault: 'the same person approves twice where it takes two people',
    patches: [
      {
        file: 'src/domain/approval/refusal.ts',
        find: "  if (decisions.some((row) => row.verdict === 'approve' && row.actor === actor))\n",
        replace: "  if (decisions.some((row) => row.verdict === 'approve' && row.actor === actor && row.at < 0))\n",
      },
      {
        file: 'src/domain/approval/approval.ts',
        find: 'return people.size >= approvers',
        replace:
          "return people.size > 0 && decisions.filter(({ verdict }) => verdict === 'approve').length >= approvers",
      },
    ],
  },
  one(
    'approved-by-who-asked',
    'who asked for a run approves its plan where it takes two others',
    'src/domain/approval/refusal.ts',
    "if (approvers > 1 && kind === 'manual' && evidence.actor === actor)",
    "if (approvers > 2 && kind === 'manual' && evidence.actor === actor)",
  ),
  {
    name: 'rejection-ignored',
    fault: 'a rejected plan trades',
    patches: [
      {
        file: 'src/domain/approval/approval.ts',
        find: "decisions.filter(({ verdict }) => verdict === 'approve').map(({ actor }) => actor)",
        replace: 'decisions.map(({ actor }) => actor)',
      },
      {
        file: 'src/domain/lifecycle/approving.ts',
        find: "  if (verdict === 'reject')\n",
        replace: "  if (verdict === 'reject' && reason === '')\n",
      },
    ],
  },
  one(
    'bounds-only-the-approved',
    'a plan that needed nobody grows beyond what would have needed somebody',
    'src/domain/lifecycle/release.ts',
    'approvalBounds(run, buys.legs, state.policy.approval !== undefined)',
    'approvalBounds(run, buys.legs, state.policy.approval === null)',
  ),
  one(
    'buys-beyond-approval',
    'later buys go beyond what people have approved',
    'src/domain/lifecycle/release.ts',
    'approvalBounds(run, buys.legs, state.policy.approval !== undefined)',
    'approvalBounds(run, [], state.policy.approval !== undefined)',
  ),
]

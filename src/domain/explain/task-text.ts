import type { RunType } from '../task.js'
import type { RunExplanation, TargetsExplanation, TriggerExplanation } from './explanation.js'
import { aimSentences, targetSentences } from './run-text.js'
import { amount } from './words.js'

/** What a run was for and where its targets came from; a run that keeps those there are says what it does instead. */
export function purposeSentences({
  type,
  trigger,
  targets,
  aim,
}: Pick<RunExplanation, 'type' | 'trigger' | 'aim'> & {
  readonly targets: TargetsExplanation | null
}): readonly string[] {
  if (type === 'full') return [...wholeSentences(trigger), ...targetSentences(targets), ...aimSentences(aim)]
  return [PURPOSES[type](askedAmount(trigger))]
}

/** Somebody asked to go all the way. */
const wholeSentences = ({ evidence }: TriggerExplanation): readonly string[] =>
  evidence.to === 'target' ? ['It was to go all the way to the targets, however far the policy trades.'] : []

const PURPOSES: Readonly<Record<Exclude<RunType, 'full'>, (sum: string | null) => string>> = {
  'invest-cash': (sum) =>
    `Cash${sum === null ? '' : `, at most ${sum} of it,`} was to be put to work toward the targets in force, without a sale.`,
  'withdraw-cash': (sum) =>
    `${sum ?? 'Cash'} was to be freed for a payout, the most overweight sold first, nothing bought; the targets stay in force.`,
  cure: () =>
    'What was past a limit longer than it may be was to go back to it, by selling or covering no more than that takes; the targets stay in force.',
  liquidate: () =>
    'Everything was to become cash: nothing else is wanted any more, and nothing begins by itself until somebody resumes.',
}

/** The amount an operator named; null where none did. */
function askedAmount({ evidence }: TriggerExplanation): string | null {
  return typeof evidence.amount === 'string' ? amount(evidence.amount) : null
}

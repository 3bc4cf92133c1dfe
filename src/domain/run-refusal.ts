import type { Judgement } from './governance/rule.js'
import type { Run } from './run.js'

/** Judgements of a run that stop a leg or the plan unless people consent. */
export const severeIn = ({ judgements }: Pick<Run, 'judgements'>): readonly Judgement[] =>
  judgements.filter(({ verdict }) => verdict === 'approve' || verdict === 'reject' || verdict === 'halt')

/** The rule that refused a run's whole plan, with its reason; null when none did. */
export function refusalOf(run: Pick<Run, 'judgements' | 'failure'>): string | null {
  const told = severeIn(run).map(({ rule, reason }) => `${rule}: ${reason}`)
  return told.find((text) => text === run.failure?.reason) ?? null
}

import type { Run } from '../run.js'
import type { TargetsExplanation, TriggerExplanation } from './explanation.js'
import { limitMeaning } from './words.js'

/** What started a run, with the names that were past their band when it began. */
export function explainTrigger({ trigger, drift }: Run): TriggerExplanation {
  const { kind, why, evidence } = trigger
  const breaches = (drift?.breaches ?? []).map(({ instrument, held, target }) => ({ instrument, held, target }))
  return { kind, why, evidence, breaches }
}

/** Where a run's targets came from; null before the answer, and for a run that ended without asking. */
export function explainTargets({ answer, source }: Run): TargetsExplanation | null {
  if (answer === null) return null
  const { evidence, kind } = answer
  const { status, backend, gap, objective, iterations, confidence, scenarios, excluded, note } = evidence
  const risk = answer.kind === 'targets' ? answer : null
  return {
    source,
    kind,
    reason: answer.kind === 'targets' ? '' : answer.reason,
    status,
    backend,
    gap,
    objective,
    iterations,
    confidence,
    scenarios,
    excluded,
    limits: evidence.active.map(({ limit, dual }) => ({ limit, meaning: limitMeaning(limit), dual })),
    note,
    ladder: evidence.ladder ?? null,
    cvar:
      risk === null || risk.riskBefore === null || risk.riskAfter === null
        ? null
        : { before: risk.riskBefore.cvar, after: risk.riskAfter.cvar },
    weights: risk?.targets.weights ?? {},
    cash: risk?.targets.cash ?? null,
  }
}

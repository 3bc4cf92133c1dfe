import type { InstrumentId } from '#units/ids.js'
import { ratio } from '#units/money.js'
import { pays } from '../optimise/benefit.js'
import type { OptimiserEvidence, Run } from '../run.js'
import type { AimExplanation, TargetsExplanation, TriggerExplanation } from './explanation.js'
import { limitMeaning } from './words.js'

/** What started a run, with the names that were past their band when it began. */
export function explainTrigger({ trigger, drift }: Run): TriggerExplanation {
  const { kind, why, evidence } = trigger
  const breaches = (drift?.breaches ?? []).map(({ instrument, held, target }) => ({ instrument, held, target }))
  return { kind, why, evidence, breaches }
}

/** Where a run's targets came from; null before the answer, and for a run that ended without asking. */
export function explainTargets({ answer, source, sizing }: Run): TargetsExplanation | null {
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
    limits: evidence.active.map((row) => ({ limit: row.limit, meaning: meaningOf(row), dual: row.dual })),
    note,
    sizing: sizing ?? null,
    ladder: evidence.ladder ?? null,
    benefit: evidence.benefit === undefined ? null : { ...evidence.benefit, pays: pays(evidence.benefit) },
    cvar:
      risk === null || risk.riskBefore === null || risk.riskAfter === null
        ? null
        : { before: risk.riskBefore.cvar, after: risk.riskAfter.cvar },
    weights: risk?.targets.weights ?? {},
    cash: risk?.targets.cash ?? null,
  }
}

/** What a binding limit means, and which rule set it where one did; a rule's group is named after the rule too. */
function meaningOf({ limit, by }: OptimiserEvidence['active'][number]): string {
  return by === undefined ? limitMeaning(limit) : `${limitMeaning(limit.replace(`:${by}:`, ':'))}, set by ${by}`
}

/** The edges a run traded to instead of its targets; null where it traded to those. */
export function explainAim({ aim, answer, before }: Run): AimExplanation | null {
  if (aim === undefined || answer?.kind !== 'targets') return null
  const { targets } = answer
  const names = (Object.keys(aim.weights) as InstrumentId[]).sort()
  const moves = names
    .map((instrument) => ({
      instrument,
      held: before.weights[instrument] ?? 0,
      to: aim.weights[instrument] ?? 0,
      target: targets.weights[instrument] ?? 0,
    }))
    .filter(({ held, to }) => held !== to)
  const held = before.equity.isZero() ? 0 : ratio(before.cash, before.equity)
  const stay = names.filter((instrument) => (before.weights[instrument] ?? 0) !== 0).length
  const moved = moves.filter((row) => row.held !== 0).length
  return { moves, stay: stay - moved, cash: { held, to: aim.cash, target: targets.cash } }
}

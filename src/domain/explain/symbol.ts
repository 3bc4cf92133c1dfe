import type { InstrumentId } from '#units/ids.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import type { Run } from '../run.js'
import type { SymbolExplanation, SymbolRun } from './explanation.js'
import { explainRun } from './run.js'

/**
 * One instrument through runs: weight held and wanted, limits that bound it, trades made and left out. Runs that
 * could neither see, hold nor want it are omitted.
 * Refuses `SYMBOL_UNKNOWN` when no run knows it.
 */
export function explainSymbol(runs: readonly Run[], instrument: InstrumentId): Outcome<SymbolExplanation> {
  const parts = runs.filter((run) => concerns(run, instrument)).map((run) => partOf(run, instrument))
  if (parts.length === 0) return refuse('SYMBOL_UNKNOWN', `no run has held, wanted or considered ${instrument}`)
  return accept({ instrument, runs: parts })
}

function concerns(run: Run, instrument: InstrumentId): boolean {
  const weights = run.answer?.kind === 'targets' ? run.answer.targets.weights : {}
  const excluded = run.answer?.evidence.excluded ?? []
  return (
    (run.before.weights[instrument] ?? 0) !== 0 ||
    Object.hasOwn(weights, instrument) ||
    excluded.some((row) => row.instrument === instrument) ||
    Object.hasOwn(run.view.quotes, instrument) ||
    (run.plan?.legs ?? []).some((leg) => leg.instrument === instrument)
  )
}

function partOf(run: Run, instrument: InstrumentId): SymbolRun {
  const whole = explainRun(run)
  const mine = <T extends { readonly instrument: InstrumentId }>(rows: readonly T[]): readonly T[] =>
    rows.filter((row) => row.instrument === instrument)
  return {
    run: run.id,
    portfolio: run.portfolio,
    session: run.session,
    status: run.status,
    trigger: whole.trigger,
    heldWeight: run.before.weights[instrument] ?? 0,
    targetWeight: whole.targets?.kind === 'targets' ? (whole.targets.weights[instrument] ?? 0) : null,
    aimWeight: whole.aim === null ? null : (run.aim?.weights[instrument] ?? 0),
    limits: (whole.targets?.limits ?? []).filter(({ limit }) => limit.endsWith(`:${instrument}`)),
    excluded: mine(whole.targets?.excluded ?? [])[0]?.reason ?? null,
    legs: mine(whole.legs),
    skipped: mine(whole.skipped),
    orders: mine(whole.orders),
  }
}

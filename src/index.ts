/**
 * The public library entry: the names users know, as thin typed faces over the pure functions, and the ports and types
 * they need. Names that are not here yet do not exist yet.
 */
import { nativeSolver } from '#adapters/solver/native.js'
import type { CostEstimate, CostRequest } from '#domain/cost/model.js'
import { estimateCost } from '#domain/cost/registry.js'
import { analyseDrift } from '#domain/drift.js'
import { targetsFromSolution } from '#domain/optimise/answer.js'
import { type Certificate, certify } from '#domain/optimise/certify.js'
import { type MeanCvarProblem, type SolverAnswer, solved } from '#domain/optimise/mean-cvar.js'
import { planInvestCash } from '#domain/plan/invest-cash.js'
import { planRebalance } from '#domain/plan/rebalance.js'
import { planWithdrawCash } from '#domain/plan/withdraw-cash.js'
import { kellyBet } from '#domain/sizing/kelly.js'
import { sizePositions, sizingMethods } from '#domain/sizing/registry.js'
import type { SolveOptions, Solver } from '#ports/solver.js'

export { assemble as assemblePortfolioEngine } from '#daemon/assemble.js'
export { loadConfig } from '#daemon/config/load.js'
export { replay } from '#daemon/replay.js'
export { type OpenRepository, openStateRepository } from '#daemon/state-repository.js'
export { evolve, openBook } from '#domain/book/evolve.js'
export { costModels } from '#domain/cost/registry.js'
export { govern } from '#domain/governance/govern.js'
export { rules } from '#domain/governance/registry.js'
export { instrumentClasses, marginRequirement, specsOf } from '#domain/instrument/registry.js'
export type { MeanCvarProblem, SolverAnswer, SolverSolution } from '#domain/optimise/mean-cvar.js'
export type { DriftBand as DriftBandConfig, PortfolioPolicy, TriggerPolicy } from '#domain/policy.js'
export type { Change as PortfolioChange } from '#domain/portfolio/diff.js'
export type { PortfolioState } from '#domain/portfolio/state.js'
export { newDetector as newRegimeDetector, observe as observeRegime } from '#domain/regime/detector.js'
export { type MarketRegime, REGIME_SIZING_MULTIPLIERS } from '#domain/regime/regime.js'
export type { Sized, SizingRequest } from '#domain/sizing/method.js'
export { targetSources } from '#domain/targets/registry.js'
export { scenarioSet } from '#domain/targets/scenarios.js'
export { Engine as PortfolioEngine } from '#runtime/engine.js'
export type { StateVersion } from '#runtime/state-at.js'
export type { StateOutcome, StateRefusal } from '#runtime/state-refusal.js'
export { type HistoryRow, PortfolioStateRepository } from '#runtime/state-repository.js'
export { StateTransaction, type TransactionFact } from '#runtime/transaction.js'
export { Decimal } from '#units/decimal.js'
export { money, price, quantity } from '#units/money.js'

/** Kinds of drift band. */
export const DriftType = { ABSOLUTE: 'absolute', RELATIVE: 'relative' } as const

/** An answer of the optimiser with the certificate recomputed from it; null when it carries no weights. */
export interface CertifiedAnswer {
  readonly answer: SolverAnswer
  readonly certificate: Certificate | null
}

/** Solves Mean-CVaR problems on the native core; every solution is recertified here. */
export class PortfolioOptEngine {
  constructor(private readonly solver: Solver = nativeSolver()) {}

  /** Weights with their certificate, or a typed failure; a bad problem is an answer, not an exception. */
  async optimise(problem: MeanCvarProblem, options: SolveOptions = {}): Promise<CertifiedAnswer> {
    const answer = await this.solver.solve(problem, options)
    return { answer, certificate: solved(answer) ? certify(problem, answer) : null }
  }
}

/** From solver weights to targets, from targets to drift and trades. */
export const PortfolioOptAdapter = {
  convertToTargets: targetsFromSolution,
  analyzeDrift: analyseDrift,
  calculateRebalanceTrades: planRebalance,
  createInvestCashTrades: planInvestCash,
  createWithdrawCashTrades: planWithdrawCash,
} as const

/** Position sizes by a method of the registry (Kelly, risk parity, volatility target and others), and Kelly's fraction of one bet. */
export const PositionSizer = { methods: sizingMethods, size: sizePositions, kellyBet } as const

/** Half-spread and slippage in basis points, and commission. Parameters are those of the `simple` cost model. */
export class SimpleCostModel {
  constructor(private readonly params: Readonly<Record<string, unknown>> = {}) {}

  /** Expected cost of a trade in money, by cause. @throws InvariantBroken on parameters its schema refuses. */
  estimateCost(request: CostRequest): CostEstimate {
    return estimateCost({ name: 'simple', params: this.params }, request)
  }
}

import { decimalFromFloat } from '#units/decimal.js'
import { greatest, type Money, ratio, scaled, total } from '#units/money.js'
import { amount, listed, percent } from '../explain/words.js'
import type { Judgement } from '../governance/rule.js'
import type { Leg } from '../plan/plan.js'
import type { PortfolioPolicy } from '../policy.js'
import type { ApprovalReason } from './approval.js'

/** What is asked about: what governance left of a plan, and whose it is. */
export interface Proposal {
  /** Legs that would trade. */
  readonly legs: readonly Leg[]
  readonly judgements: readonly Judgement[]
  /** Equity that turnover is measured against. Positive. */
  readonly equity: Money
  readonly policy: Pick<PortfolioPolicy, 'approval' | 'mode' | 'currency'>
  /** Whether the portfolio has ever traded. */
  readonly traded: boolean
}

/** Symbols named in a reason's sentence; its figures name all. */
const NAMED = 6

/**
 * Why a plan must wait for a person, in a fixed order; empty when it may trade at once. Only what would really trade
 * counts: legs that governance cut count as cut.
 *
 * Units   turnover is one-way, max(Σ buys, Σ sells) / equity; notional is Σ of all legs' values in the portfolio currency.
 * Edges   exactly at a limit does not wait; no legs never wait; without `approval` in the policy only a rule's verdict
 *         `approve` makes a plan wait.
 * Errors  none. Source: design domain.md section 9 (verdict `approve`), operator.md section 1; ADR 0033.
 */
export function approvalReasons(proposal: Proposal): readonly ApprovalReason[] {
  if (proposal.legs.length === 0) return []
  return [
    ...turnoverReason(proposal),
    ...notionalReason(proposal),
    ...symbolReason(proposal),
    ...firstLiveReason(proposal),
    ...ruleReasons(proposal),
  ]
}

function turnoverReason({ legs, equity, policy }: Proposal): readonly ApprovalReason[] {
  const limit = policy.approval?.turnover ?? null
  const sideOf = (side: Leg['side']): Money => total(legs.filter((leg) => leg.side === side).map(({ value }) => value))
  const traded = greatest(sideOf('buy'), sideOf('sell'))
  if (limit === null || traded.lte(scaled(equity, decimalFromFloat(limit)))) return []
  const turnover = ratio(traded, equity)
  const reason = `turnover ${percent(turnover)} is more than ${percent(limit)}`
  return [{ code: 'turnover', reason, figures: { turnover, limit } }]
}

function notionalReason({ legs, policy }: Proposal): readonly ApprovalReason[] {
  const limit = policy.approval?.notional ?? null
  const traded = total(legs.map(({ value }) => value))
  if (limit === null || traded.lte(limit)) return []
  const reason = `trades of ${amount(traded)} ${policy.currency} are more than ${amount(limit)}`
  return [{ code: 'notional', reason, figures: { notional: traded.toFixed(2), limit: limit.toFixed(2) } }]
}

function symbolReason({ legs, policy }: Proposal): readonly ApprovalReason[] {
  const watched = new Set<string>(policy.approval?.symbols ?? [])
  const found = [...new Set(legs.map(({ instrument }) => instrument))].filter((name) => watched.has(name)).sort()
  if (found.length === 0) return []
  const trades = found.length === 1 ? 'trades' : 'trade'
  const reason = `${listed(found, NAMED)} ${trades} only when a person agrees`
  return [{ code: 'symbol', reason, figures: { symbols: found.join(' ') } }]
}

function firstLiveReason({ policy, traded }: Proposal): readonly ApprovalReason[] {
  if (policy.approval?.firstLiveRun !== true || policy.mode !== 'live' || traded) return []
  return [{ code: 'first-live-run', reason: 'it has never traded live', figures: {} }]
}

function ruleReasons({ legs, judgements }: Proposal): readonly ApprovalReason[] {
  const ids = new Set(legs.map(({ id }) => id))
  return judgements
    .filter(({ verdict, leg }) => verdict === 'approve' && (leg === null || ids.has(leg)))
    .map(({ rule, leg, reason, evidence }) => ({
      code: 'rule',
      reason: `${rule}: ${reason}`,
      figures: evidence,
      by: { rule, leg },
    }))
}

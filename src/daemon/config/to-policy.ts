import { DEFAULT_LADDER } from '#domain/optimise/ladder.js'
import type { ApprovalPolicy, PortfolioPolicy, TradeTo, TriggerPolicy } from '#domain/policy.js'
import { encode } from '#units/canonical.js'
import { instrumentId, portfolioId } from '#units/ids.js'
import { money } from '#units/money.js'
import { toSchedule } from './calendar-schema.js'
import { durationMs } from './fields.js'
import { toLiquidity } from './liquidity-schema.js'
import type { PortfolioSettings } from './portfolio-schema.js'
import { toRegime } from './regime-schema.js'
import { rulesOf } from './rules-of.js'
import { toVolatility } from './volatility-schema.js'

/** The policy a checked portfolio file stands for. Cross-checks are in `checks.ts`. */
export function toPolicy(settings: PortfolioSettings): PortfolioPolicy {
  const { targets, optimiser, orders, costs } = settings
  const { per_symbol: perInstrument, ...bounds } = optimiser.bounds
  return {
    id: portfolioId(settings.id),
    name: settings.name ?? settings.id,
    mode: settings.mode,
    gateway: settings.gateway,
    currency: settings.currency,
    initialCash: money(settings.initial_cash),
    universe: settings.universe,
    targets: {
      name: targets.name,
      params: targets.params,
      cashReserve: targets.common.cash_reserve,
      minWeight: targets.common.min_weight,
    },
    optimiser: {
      confidence: optimiser.confidence,
      riskAversion: optimiser.risk_aversion,
      returnWeight: optimiser.return_weight,
      holdingPeriods: optimiser.holding_periods,
      bounds: { ...bounds, perInstrument },
      turnover: optimiser.turnover,
      scenarios: { minimum: optimiser.scenarios.minimum, maximum: optimiser.scenarios.maximum },
      tolerance: optimiser.tolerance,
      timeoutMs: durationMs(optimiser.timeout),
      ...(encode(optimiser.infeasible) !== encode(DEFAULT_LADDER) && { infeasible: optimiser.infeasible }),
    },
    triggers: toTriggers(settings.triggers),
    ...toTradeTo(settings),
    orders: {
      minOrder: money(orders.min_order),
      collar: orders.collar,
      notAfterMs: durationMs(orders.not_after),
      ackTimeoutMs: durationMs(orders.ack_timeout),
      fillTimeoutMs: durationMs(orders.fill_timeout),
      allowUnsettled: orders.allow_unsettled,
    },
    costs: { name: costs.name, params: costs.params },
    governance: rulesOf(settings).map(({ name, params }) => ({ name, params })),
    ...(settings.approval !== null && { approval: toApproval(settings.approval) }),
    ...(settings.liquidity !== null && { liquidity: toLiquidity(settings.liquidity) }),
    ...(settings.regime !== null && { regime: toRegime(settings.regime) }),
    ...(settings.volatility !== null && { volatility: toVolatility(settings.volatility) }),
  }
}

function toApproval(approval: NonNullable<PortfolioSettings['approval']>): ApprovalPolicy {
  const { turnover, notional, symbols, approvers } = approval
  return {
    turnover,
    notional: notional === null ? null : money(notional),
    symbols: [...new Set(symbols)].sort().map(instrumentId),
    firstLiveRun: approval.first_live_run,
    approvers,
    expiresAfterMs: durationMs(approval.expires_after),
  }
}

/** Nothing for the default: a policy of before said nothing of it. */
function toTradeTo({ trade_to: to, min_benefit_ratio: minBenefitRatio }: PortfolioSettings): {
  readonly tradeTo?: TradeTo
} {
  if (to === 'target') return {}
  return { tradeTo: to === 'band-edge' ? { to } : { to, minBenefitRatio } }
}

function toTriggers(triggers: PortfolioSettings['triggers']): TriggerPolicy {
  const { drift, calendar, cash } = triggers
  return {
    drift: drift && {
      type: drift.type,
      band: drift.band,
      relativeFloor: drift.relative_floor,
      perInstrument: drift.per_symbol,
      includeCash: drift.include_cash,
    },
    calendar: calendar && toSchedule(calendar),
    cash: cash && { minInvest: money(cash.min_invest) },
    cooldownDays: triggers.cooldown.days,
    maxRunsPerDay: triggers.max_runs_per_day,
  }
}

import type { Rule } from './rule.js'
import { correlationCluster } from './rules/correlation-cluster.js'
import { cvarLimit } from './rules/cvar-limit.js'
import { dailyLossLimit } from './rules/daily-loss.js'
import { drawdownLimit } from './rules/drawdown.js'
import { factorExposure } from './rules/factor-exposure.js'
import { firmAdv } from './rules/firm-adv.js'
import { grossNetLeverage } from './rules/gross-net-leverage.js'
import { liquidityAdjusted } from './rules/liquidity-adjusted.js'
import { margin } from './rules/margin.js'
import { marketHours } from './rules/market-hours.js'
import { minimumTrade } from './rules/minimum-trade.js'
import { orderRate } from './rules/order-rate.js'
import { positionLimit } from './rules/position-limit.js'
import { priceCollar } from './rules/price-collar.js'
import { rebalanceFrequency } from './rules/rebalance-frequency.js'
import { regimeSizing } from './rules/regime-sizing.js'
import { restrictedList } from './rules/restricted-list.js'
import { sectorConcentration } from './rules/sector-concentration.js'
import { turnover } from './rules/turnover.js'
import { volatilityRegime } from './rules/volatility-regime.js'

/** Every governance rule by name. A new rule is one file and one line here. */
export const rules: Readonly<Record<string, Rule<unknown>>> = {
  'correlation-cluster': correlationCluster,
  'cvar-limit': cvarLimit,
  'daily-loss': dailyLossLimit,
  drawdown: drawdownLimit,
  'factor-exposure': factorExposure,
  'firm-adv': firmAdv,
  'gross-net-leverage': grossNetLeverage,
  'liquidity-adjusted': liquidityAdjusted,
  margin,
  'market-hours': marketHours,
  'minimum-trade': minimumTrade,
  'order-rate': orderRate,
  'position-limit': positionLimit,
  'price-collar': priceCollar,
  'rebalance-frequency': rebalanceFrequency,
  'regime-sizing': regimeSizing,
  'restricted-list': restrictedList,
  'sector-concentration': sectorConcentration,
  turnover,
  'volatility-regime': volatilityRegime,
}

/** The rule of that name, if there is one. */
export const ruleNamed = (name: string): Rule<unknown> | undefined =>
  Object.hasOwn(rules, name) ? rules[name] : undefined

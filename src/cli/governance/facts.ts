import type { RuleContext } from '#domain/governance/rule.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { VOLATILITY_TERMS } from '#domain/volatility/multiplier.js'
import type { Instant } from '#units/time.js'
import type { PlanSettings } from './schema.js'

/**
 * What rules may know beside book, plan and prices, as the plan states it. A book from a file has no history: what it has lost is
 * what the plan says, and nothing where it does not. Of a regime or of volatility that it does not state rules know nothing.
 */
export function factsOf(
  { drawdown, session_return: made, regime, volatility }: PlanSettings,
  policy: PortfolioPolicy | null,
  at: Instant,
): Pick<RuleContext, 'drawdown' | 'session' | 'regime' | 'volatility'> {
  return {
    drawdown: { counted: drawdown, asOf: at, sized: regime?.sized ?? volatility?.sized ?? 1 },
    session: { made, asOf: at },
    ...(regime && { regime }),
    ...(volatility && {
      volatility: {
        reading: volatility.reading && {
          ...{ level: volatility.reading.level, multiplier: volatility.reading.multiplier },
          asOf: volatility.reading.as_of ?? at,
        },
        sized: volatility.sized,
        maxAgeMs: policy?.volatility?.maxAgeMs ?? VOLATILITY_TERMS.maxAgeMs,
      },
    }),
  }
}

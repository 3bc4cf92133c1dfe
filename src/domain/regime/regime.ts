/** What kind of market the bars show. `UNKNOWN` says that nothing sets it apart from a random walk of ordinary size. */
export const REGIMES = ['TRENDING', 'VOLATILE_TRENDING', 'MEAN_REVERTING', 'CHOPPY', 'QUIET_CHOPPY', 'UNKNOWN'] as const

/** One of {@link REGIMES}. */
export type MarketRegime = (typeof REGIMES)[number]

/** What every risky weight is multiplied by in a regime, before headroom and clamp. Source: design domain.md section 10. */
export const REGIME_SIZING_MULTIPLIERS: Readonly<Record<MarketRegime, number>> = {
  TRENDING: 1.2,
  VOLATILE_TRENDING: 1,
  MEAN_REVERTING: 0.9,
  CHOPPY: 0.7,
  QUIET_CHOPPY: 0.5,
  UNKNOWN: 1,
}

/** True for the regimes that large moves make: a trend among them, or no direction at all. */
export const isVolatile = (regime: MarketRegime): boolean => regime === 'VOLATILE_TRENDING' || regime === 'CHOPPY'

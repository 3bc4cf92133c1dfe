/** What a preset changes of the rules' own defaults: parameters by rule. */
export type Preset = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/**
 * Sets of rules to choose from. Every rule takes part with its defaults, but for those that have nothing to say of a universe
 * (`Rule.suits`); what is here replaces defaults. Source: design domain.md section 9.
 */
export const presets = {
  standard: {},
  conservative: {
    'correlation-cluster': { max: 0.3 },
    'cvar-limit': { max: 0.025 },
    drawdown: { max: 0.1 },
    'position-limit': { max: 0.15 },
    'sector-concentration': { max: 0.2 },
  },
  aggressive: {
    'correlation-cluster': { max: 0.6 },
    'cvar-limit': { max: 0.06 },
    drawdown: { max: 0.3 },
    'position-limit': { max: 0.4 },
    'sector-concentration': { max: 0.5 },
  },
} as const satisfies Readonly<Record<string, Preset>>

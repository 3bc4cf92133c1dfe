/**
 * Which values a label may take: a closed list, the portfolios of the configuration, or text of one short pattern whose
 * variety the process itself bounds (a version, a confidence level). Anything else would grow the number of series.
 */
export type LabelRule = readonly string[] | 'portfolio' | RegExp

const SIDES = ['buy', 'sell'] as const

/** Label rules by label name, shared by all metrics that carry the label. */
export const labels = {
  portfolio: 'portfolio',
  side: SIDES,
  backend: ['cpu', 'cuda'],
  trigger: ['drift', 'calendar', 'cash', 'manual', 'risk', 'targets'],
  outcome: ['completed', 'completed_adjusted', 'rolled_back', 'cancelled', 'failed'],
  state: ['watching', 'analysing', 'optimising', 'planning', 'governing', 'selling', 'buying', 'settling', 'unwinding'],
  permission: ['active', 'reducing', 'paused', 'halted'],
  trip: ['unknown-orders', 'failed-runs', 'daily-loss'],
  restraintScope: ['firm', 'instrument'],
  driftKind: ['absolute', 'relative'],
  solverStatus: ['optimal', 'feasible', 'infeasible', 'invalid_input', 'time_limit', 'numerical', 'cancelled', 'lost'],
  reload: ['adopted', 'unchanged', 'refused'],
  recovery: ['resume', 'unwind', 'hold'],
  clock: ['wall', 'feed'],
  shed: ['triggered', 'deposited', 'marked', 'configured'],
  solverEnd: ['crashed', 'silent', 'late', 'unready'],
  verdict: ['allow', 'warn', 'resize', 'approve', 'reject', 'halt'],
  legResult: ['passed', 'resized', 'blocked'],
  closedStatus: ['filled', 'cancelled', 'rejected', 'expired', 'abandoned'],
  openStatus: ['unknown', 'open'],
  level: /^\d{1,2}(\.\d{1,2})?$/,
  entryKind: [
    'created',
    'configured',
    'opened',
    'reconciled',
    'deposited',
    'triggered',
    'solved',
    'observed',
    'orderNews',
    'filled',
    'busted',
    'adjusted',
    'conflicted',
    'timedOut',
    'marked',
    'permitted',
    'restrained',
    'restored',
    'renewed',
    'faulted',
  ],
  verification: ['ok', 'failed'],
  feed: ['replay', 'bus'],
  traffic: ['exec', 'control', 'event', 'market', 'other'],
  requestOutcome: ['ok', 'timeout', 'no_responders', 'disconnected', 'error'],
  direction: ['in', 'out'],
  breakKind: ['order', 'execution', 'position', 'cash'],
  dropReason: ['malformed', 'empty', 'not_a_number', 'not_positive', 'duplicate', 'out_of_order', 'jump'],
  blockReason: ['stale_price', 'no_equity', 'cooldown', 'run_cap'],
  rule: /^[a-z][a-z0-9-]{0,31}$/,
  build: /^[!-~]{1,64}$/,
} as const satisfies Readonly<Record<string, LabelRule>>

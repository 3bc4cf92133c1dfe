import type { BarSize } from '#domain/market.js'
import type { PortfolioId } from '#units/ids.js'

/** What can be asked of an execution gateway, one subject each. */
export type GatewayVerb =
  | 'submit'
  | 'cancel'
  | 'query'
  | 'never'
  | 'fence'
  | 'restrain'
  | 'account'
  | 'holdings'
  | 'executions'

/** What a daemon answers about itself. */
export type ControlVerb = 'list' | 'health' | 'halt' | 'kill' | 'unkill' | 'approve' | 'approvals' | 'reload'

/** What happened to a portfolio, as it is announced. */
export type EventTopic =
  | 'state'
  | 'plan'
  | 'approval'
  | 'order'
  | 'fill'
  | 'bust'
  | 'commit'
  | 'rollback'
  | 'alert'
  | 'regime'

/** Who takes part in a simulation. */
export type Player = 'daemon' | 'gateway'

/**
 * Every subject in use. Portfolio, gateway and verb are one token each; a symbol may hold dots, which become tokens of
 * their own. Source: design operator.md section 3.
 */
export const subjects = {
  gateway: (gateway: string, verb: GatewayVerb): string => `exec.v1.${gateway}.${verb}`,
  /** Executions, gateway to daemon; `*` for every portfolio. */
  executionReport: (portfolio: PortfolioId | '*'): string => `ballast.v1.exec.report.${portfolio}`,
  /** Order states, gateway to daemon. */
  orderReport: (portfolio: PortfolioId | '*'): string => `ballast.v1.exec.order.${portfolio}`,
  /** Executions taken back, gateway to daemon. */
  bustReport: (portfolio: PortfolioId | '*'): string => `ballast.v1.exec.bust.${portfolio}`,
  control: (verb: ControlVerb): string => `ballast.v1.ctl.${verb}`,
  portfolio: (portfolio: PortfolioId | '*', verb: string): string => `ballast.v1.pf.${portfolio}.${verb}`,
  event: (portfolio: PortfolioId | '*', topic: EventTopic | '>'): string => `ballast.v1.evt.${portfolio}.${topic}`,
  bar: (size: BarSize, symbol: string): string => `md.v1.bar.${size}.${symbol}`,
  /** All bars of a size. */
  bars: (size: BarSize): string => `md.v1.bar.${size}.>`,
  /** Sent after the last bar of a session. */
  session: (size: BarSize): string => `md.v1.session.${size}`,
  history: (size: BarSize): string => `md.v1.history.${size}`,
  heartbeat: 'md.v1.heartbeat',
  /** What an external detector says of a market; `*` for every channel. */
  regime: (channel: string): string => `signal.v1.regime.${channel}`,
  /** Levels of a volatility index; `*` for every channel. */
  volatility: (channel: string): string => `signal.v1.volatility.${channel}`,
  tick: (player: Player): string => `sim.v1.tick.${player}`,
} as const

/** The portfolio a subject of one is about, as it is written there; empty for any other subject. */
export const portfolioOf = (subject: string): string =>
  /^ballast\.v1\.(?:pf|evt|exec\.\w+)\.([^.]+)/.exec(subject)?.[1] ?? ''

/** The channel of a subject of readings; empty for any other subject. */
export const channelOf = (subject: string): string =>
  /^signal\.v1\.(?:regime|volatility)\.([^.]+)$/.exec(subject)?.[1] ?? ''

/** Kinds of traffic, for metrics. */
export type TrafficClass = 'exec' | 'control' | 'event' | 'market' | 'other'

/** The kind of traffic a subject carries. */
export function trafficClass(subject: string): TrafficClass {
  if (subject.startsWith('exec.v1.') || subject.startsWith('ballast.v1.exec.')) return 'exec'
  if (subject.startsWith('ballast.v1.ctl.') || subject.startsWith('ballast.v1.pf.')) return 'control'
  if (subject.startsWith('ballast.v1.evt.')) return 'event'
  return subject.startsWith('md.v1.') || subject.startsWith('signal.v1.') ? 'market' : 'other'
}

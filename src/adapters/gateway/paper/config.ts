import { FULL_SUPPORT, type GatewaySupport } from '#domain/gateway-support.js'
import type { InstrumentSpec } from '#domain/instrument/spec.js'
import type { InstrumentId } from '#units/ids.js'
import { type Money, noMoney, price, quantity } from '#units/money.js'

/** The trading increments the venue needs of an instrument. Specs of the policy fit as they are. */
export type TradingTerms = Pick<InstrumentSpec, 'id' | 'tick' | 'lot' | 'multiplier'>

/** How the paper venue trades. */
export interface PaperConfig {
  /** The gateway's name, also the `venue` of its executions. */
  readonly name: string
  readonly mode: 'backtest' | 'paper'
  readonly currency: string
  /** Half the quoted spread and the slippage beyond it, both paid by the order, in basis points of the close. */
  readonly halfSpreadBps: number
  readonly slippageBps: number
  /** Further price move against an order: so many basis points for each million of value it trades at once. */
  readonly impactBpsPerMillion: number
  /** Fee in basis points of traded value and its minimum per order, in whole cents. */
  readonly feeBps: number
  readonly minFee: Money
  /** An order fills in 1 to this many executions. */
  readonly maxPieces: number
  /** Terms by instrument; one not listed here trades like a US share: tick 0.01, lot 1, multiplier 1. */
  readonly instruments: readonly TradingTerms[]
  /** What it promises; what is off it really does not do, so that the engine's slower ways can be tried. */
  readonly supports: GatewaySupport
  /** Orders in these are rejected with `restricted`. */
  readonly rejectInstruments: readonly InstrumentId[]
  /** The first submit of each order in these is recorded but not answered (Fault `TIMEOUT`), as on a lost connection. */
  readonly silentInstruments: readonly InstrumentId[]
  /** From acceptance to execution; 0 is the next turn of the event loop. */
  readonly latencyMs: number
  /** Each order waits up to this much longer, as its id decides. */
  readonly latencySpreadMs: number
  /** Names the fates drawn from order ids: another seed, other orders are rejected, split, not answered. */
  readonly seed: string
  /** Share of orders that fill only in part at first; the rest trades with a later bar of the session or expires. */
  readonly partialRatio: number
  /** Share of orders rejected with `venue_reject`. */
  readonly rejectRatio: number
  /** Share of orders whose first submit is recorded but not answered. */
  readonly silenceRatio: number
  /** Share of reports that are sent once more, unchanged, behind the others of their order. */
  readonly duplicateRatio: number
  /** Share of orders whose last state is reported before the executions that led to it. */
  readonly reorderRatio: number
  /** Share of executions that are taken back right after their order's other reports. */
  readonly bustRatio: number
}

/** Costs 5 bps a trade, no fee, up to three executions an order; fills every order in full and answers all it is asked. */
export const PAPER_DEFAULTS: PaperConfig = {
  name: 'paper',
  mode: 'paper',
  currency: 'USD',
  halfSpreadBps: 2.5,
  slippageBps: 2.5,
  impactBpsPerMillion: 0,
  feeBps: 0,
  minFee: noMoney,
  maxPieces: 3,
  instruments: [],
  supports: FULL_SUPPORT,
  rejectInstruments: [],
  silentInstruments: [],
  latencyMs: 0,
  latencySpreadMs: 0,
  seed: '',
  partialRatio: 0,
  rejectRatio: 0,
  silenceRatio: 0,
  duplicateRatio: 0,
  reorderRatio: 0,
  bustRatio: 0,
}

/** Terms of an instrument, those of a US share when the configuration has none. */
export function termsOf(config: PaperConfig, instrument: InstrumentId): TradingTerms {
  const listed = config.instruments.find((terms) => terms.id === instrument)
  return listed ?? { id: instrument, tick: price('0.01'), lot: quantity('1'), multiplier: '1' }
}

/** The defaults with the given settings over them. @throws RangeError on impossible ones. */
export function checkedConfig(given: Partial<PaperConfig>): PaperConfig {
  const config = { ...PAPER_DEFAULTS, ...given }
  const away = config.halfSpreadBps + config.slippageBps
  if (!(config.halfSpreadBps >= 0 && config.slippageBps >= 0 && away < 10_000))
    throw new RangeError(`half spread and slippage must be at least 0 and together below 10000 bps: ${away}`)
  if (!(config.feeBps >= 0 && Number.isFinite(config.feeBps)) || config.minFee.lt(0))
    throw new RangeError(`fees must not be negative: ${config.feeBps} bps, minimum ${config.minFee.toString()}`)
  if (!Number.isInteger(config.maxPieces) || config.maxPieces < 1 || config.maxPieces > 100)
    throw new RangeError(`an order fills in 1 to 100 pieces, not ${config.maxPieces}`)
  for (const name of AMOUNTS)
    if (!(config[name] >= 0 && Number.isFinite(config[name])))
      throw new RangeError(`${name} must not be negative: ${config[name]}`)
  for (const name of RATIOS)
    if (!(config[name] >= 0 && config[name] <= 1))
      throw new RangeError(`${name} must be from 0 to 1, not ${config[name]}`)
  return config
}

const AMOUNTS = ['latencyMs', 'latencySpreadMs', 'impactBpsPerMillion'] as const
const RATIOS = ['partialRatio', 'rejectRatio', 'silenceRatio', 'duplicateRatio', 'reorderRatio', 'bustRatio'] as const

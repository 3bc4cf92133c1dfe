import { dirname } from 'node:path'
import { z } from 'zod'
import type { PaperConfig } from '#adapters/gateway/paper/config.js'
import { instrumentId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { accept, type Outcome } from '#units/outcome.js'
import { readDocument } from './document.js'
import { explain, toProblems } from './explain.js'
import { amount, currency, duration, durationMs, fraction, symbol, version } from './fields.js'
import { resolveNats } from './nats-files.js'
import { natsSchema } from './nats-schema.js'
import { type ConfigError, configError } from './problem.js'

const bps = z.number().min(0).max(1_000)
const symbols = z.array(symbol).default([])
const positive = amount.refine((text) => Number(text) > 0, { error: 'must be > 0' })

const terms = z.strictObject({
  tick: positive.default('0.01').describe('Smallest price step; trades are rounded to it against the trader.'),
  lot: positive.default('1').describe('Smallest quantity; orders are whole multiples of it.'),
  multiplier: positive.default('1').describe('Value of one unit at a price of 1.'),
})

const kept = z.boolean().default(true)
const supports = z.strictObject({
  idempotent: kept.describe('The same order id is taken once; off: every submit of it is a new order.'),
  tombstones: kept.describe('It promises never to take an order id; off: an unknown order is given up after its day.'),
  replay: kept.describe('Executions can be listed again; off: books are compared by positions, fees and cash only.'),
})

/** The venue file, `venue.yaml`: how the paper venue trades when it runs as a process of its own. */
export const venueSchema = z.strictObject({
  version,
  mode: z
    .enum(['paper', 'backtest'])
    .default('paper')
    .describe('Kind of account it states; a portfolio of another mode refuses it.'),
  currency: currency.default('USD').describe('Currency of the account.'),
  nats: natsSchema
    .nullable()
    .default(null)
    .describe('Connection to NATS; null takes the command line, or the server on this machine.'),
  half_spread_bps: bps.default(2.5).describe('Half the bid-ask spread, paid by every order, basis points.'),
  slippage_bps: bps.default(2.5).describe('Further price move against an order, basis points.'),
  impact_bps_per_million: bps
    .default(0)
    .describe('Price move against an order for each million of value it trades at once, basis points.'),
  fee_bps: bps.default(0).describe('Fee on traded value, basis points.'),
  min_fee: amount.default('0').describe('Least fee of an order that trades, in whole cents.'),
  max_pieces: z.int().min(1).max(100).default(3).describe('Most executions of one match.'),
  latency: duration.default('0ms').describe('From acceptance to execution.'),
  latency_spread: duration.default('0ms').describe('Each order waits up to this much longer.'),
  seed: z
    .string()
    .max(64)
    .default('')
    .describe('Which orders the shares below fall on: it depends on this text and the order id alone.'),
  partial_ratio: fraction
    .default(0)
    .describe('Share of orders that fill only in part at first; the rest trades with a later bar or expires.'),
  reject_ratio: fraction.default(0).describe('Share of orders rejected with venue_reject.'),
  silence_ratio: fraction.default(0).describe('Share of orders that are recorded but not answered the first time.'),
  duplicate_ratio: fraction.default(0).describe('Share of reports that are sent twice.'),
  reorder_ratio: fraction.default(0).describe('Share of orders whose end is reported before the fills that led to it.'),
  bust_ratio: fraction.default(0).describe('Share of executions that are taken back right after they were reported.'),
  supports: supports
    .prefault({})
    .describe('What the venue promises. What is off it does not do: the daemon then works in its slower ways.'),
  reject_instruments: symbols.describe('Symbols whose orders are rejected with restricted.'),
  silent_instruments: symbols.describe('Symbols whose orders are recorded but not answered the first time.'),
  instruments: z
    .record(symbol, terms)
    .default({})
    .describe('Trading terms of single symbols; one not listed trades like a US share.'),
})

/** A checked venue file with every default filled in. */
export type VenueSettings = z.output<typeof venueSchema>

/** The settings of an empty file. */
export const VENUE_DEFAULTS: VenueSettings = venueSchema.parse({ version: 1 })

/** Reads a venue file; every problem is reported with its line, column and field. */
export function loadVenue(file: string): Outcome<VenueSettings, ConfigError> {
  const source = readDocument(file)
  if (!source.ok) return { ok: false, refusal: configError(source.refusal) }
  const read = venueSchema.safeParse(source.value.value, { error: explain })
  if (!read.success) return { ok: false, refusal: configError(toProblems(source.value, read.error.issues)) }
  const { nats } = read.data
  return accept({ ...read.data, nats: nats === null ? null : resolveNats(dirname(file), nats) })
}

/** The venue's own words for the settings. */
export function paperConfig(settings: VenueSettings, name: string): PaperConfig {
  return {
    name,
    mode: settings.mode,
    currency: settings.currency,
    halfSpreadBps: settings.half_spread_bps,
    slippageBps: settings.slippage_bps,
    impactBpsPerMillion: settings.impact_bps_per_million,
    feeBps: settings.fee_bps,
    minFee: money(settings.min_fee),
    maxPieces: settings.max_pieces,
    latencyMs: durationMs(settings.latency),
    latencySpreadMs: durationMs(settings.latency_spread),
    seed: settings.seed,
    partialRatio: settings.partial_ratio,
    rejectRatio: settings.reject_ratio,
    silenceRatio: settings.silence_ratio,
    duplicateRatio: settings.duplicate_ratio,
    reorderRatio: settings.reorder_ratio,
    bustRatio: settings.bust_ratio,
    supports: settings.supports,
    rejectInstruments: settings.reject_instruments.map(instrumentId),
    silentInstruments: settings.silent_instruments.map(instrumentId),
    instruments: Object.entries(settings.instruments).map(([id, { tick, lot, multiplier }]) => ({
      id: instrumentId(id),
      tick: price(tick),
      lot: quantity(lot),
      multiplier,
    })),
  }
}

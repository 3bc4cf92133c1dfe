import { z } from 'zod'
import { date, symbol, version } from './fields.js'

const path = z.string().min(1)
const bps = z.number().min(0).max(1_000)

const feed = z
  .strictObject({
    type: z.literal('replay').default('replay').describe('replay: read recorded prices from a CSV file.'),
    file: path.describe('CSV of prices with the columns symbol, date and price; relative to this file.'),
    from: date
      .nullable()
      .default(null)
      .describe('First session to replay, YYYY-MM-DD; null for the first in the file.'),
    to: date.nullable().default(null).describe('Last session to replay, YYYY-MM-DD; null for the last in the file.'),
    universe: z
      .array(symbol)
      .min(1)
      .nullable()
      .default(null)
      .describe('Symbols to read from the file; null for all symbols in it.'),
    speed: z.number().min(0).max(1_000_000).default(0).describe('Bars a second; 0 replays as fast as possible.'),
    on_end: z
      .enum(['stop', 'stay'])
      .default('stay')
      .describe('After the last bar: stop ends the process, stay keeps it answering.'),
  })
  .superRefine((value, context) => {
    if (value.from !== null && value.to !== null && value.from > value.to)
      context.addIssue({
        code: 'custom',
        path: ['to'],
        message: `must be on or after from (${value.from}), got ${value.to}`,
      })
  })

const venue = z.strictObject({
  half_spread_bps: bps.default(2.5).describe('Half the bid-ask spread the paper venue charges, basis points.'),
  slippage_bps: bps.default(2.5).describe('Further price move against an order at the paper venue, basis points.'),
  fee_bps: bps.default(0).describe('Fee of the paper venue on traded value, basis points.'),
  max_pieces: z.int().min(1).max(100).default(3).describe('Most fills the paper venue splits one order into.'),
})

const http = z.strictObject({
  listen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/, 'must be host:port, such as 127.0.0.1:9464')
    .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, { error: 'port must be ≤ 65535' })
    .default('127.0.0.1:9464')
    .describe('Address of metrics and health pages; port 0 takes any free one. Keep it on loopback.'),
})

/** The system file, `ballast.yaml`: what the process needs, as the file spells it. */
export const systemSchema = z.strictObject({
  version,
  portfolios: z
    .union([path, z.array(path).min(1)], { error: 'must be a file pattern or a list of files' })
    .default('portfolios/*.yaml')
    .describe('Portfolio files: one pattern (* in the file name only) or a list, relative to this file.'),
  state: z
    .strictObject({ path: path.describe('Directory of the journal, relative to this file; made when absent.') })
    .describe('Where the journal is kept.'),
  feed: feed.describe('Where market prices come from.'),
  venue: venue.prefault({}).describe('How the paper venue fills orders.'),
  http: http.prefault({}).describe('Metrics and health over HTTP.'),
  logging: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error'])
        .default('info')
        .describe('Least severe level that is written, one JSON line per event.'),
    })
    .prefault({})
    .describe('Logging to standard output, for the journal of the service manager.'),
  seed: z
    .string()
    .min(1)
    .max(64)
    .nullable()
    .default(null)
    .describe('Text that names new journals, so that equal runs give equal order ids; null draws a random name.'),
})

/** A checked system file with every default filled in. */
export type SystemSettings = z.output<typeof systemSchema>

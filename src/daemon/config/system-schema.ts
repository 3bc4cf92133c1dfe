import { z } from 'zod'
import { controlSchema } from './control-schema.js'
import { date, duration, symbol, version } from './fields.js'
import { natsSchema } from './nats-schema.js'
import { tripsSchema } from './trips-schema.js'

const path = z.string().min(1)
const bps = z.number().min(0).max(1_000)

const feed = z
  .strictObject({
    type: z
      .enum(['replay', 'bus'])
      .default('replay')
      .describe('replay: read recorded prices from a CSV file; bus: hear them over NATS, orders leave over NATS too.'),
    file: path
      .nullable()
      .default(null)
      .describe('replay: CSV of prices with the columns symbol, date and price; relative to this file.'),
    from: date
      .nullable()
      .default(null)
      .describe('First session to replay, YYYY-MM-DD; null for the first in the file.'),
    to: date.nullable().default(null).describe('Last session to replay, YYYY-MM-DD; null for the last in the file.'),
    volumes: z
      .boolean()
      .default(false)
      .describe(
        'replay: also read highs, lows and volumes, from the columns high, low, close and volume beside the price.',
      ),
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
    bar_size: z.enum(['1m', '1d', '1mo']).default('1d').describe('bus: which bars to listen to.'),
    clock: z
      .enum(['system', 'simulated'])
      .default('system')
      .describe(
        "bus: system is the machine's clock; simulated is moved by the feed, for rehearsals on recorded prices.",
      ),
    jump: z
      .strictObject({
        factor: z
          .number()
          .gt(1)
          .max(1_000_000)
          .default(3)
          .describe(
            'A price this many times the last trusted one, or less than its reciprocal of it, is not believed.',
          ),
        confirm: z.int().min(1).max(100).default(2).describe('Further bars near it, in a row, after which it is.'),
      })
      .prefault({})
      .describe(
        'Prices that jump: the instrument is not traded until further bars confirm the new price, or it returns.',
      ),
    silent_after: duration
      .default('60s')
      .describe('bus: a feed not heard for this long (heartbeats count) stops new runs until it is back.'),
  })
  .superRefine((value, context) => {
    if (value.from !== null && value.to !== null && value.from > value.to)
      context.addIssue({
        code: 'custom',
        path: ['to'],
        message: `must be on or after from (${value.from}), got ${value.to}`,
      })
    if (value.type === 'replay' && value.file === null)
      context.addIssue({ code: 'custom', path: ['file'], message: 'is required: which prices to replay' })
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

const system = z.strictObject({
  version,
  portfolios: z
    .union([path, z.array(path).min(1)], { error: 'must be a file pattern or a list of files' })
    .default('portfolios/*.yaml')
    .describe('Portfolio files: one pattern (* in the file name only) or a list, relative to this file.'),
  state: z
    .strictObject({
      path: path.describe('Directory of the journal, relative to this file; made when absent.'),
      soft_free_bytes: z
        .int()
        .min(0)
        .default(1_073_741_824)
        .describe(
          'Free space on that disk below which a daemon on the bus begins no new run, bytes; what is under way is finished.',
        ),
      shadow_runs: z
        .int()
        .min(1)
        .max(10_000)
        .default(200)
        .describe('Comparisons with its candidate that are kept for each portfolio, the newest ones.'),
    })
    .describe('Where the journal is kept.'),
  kill_file: path
    .nullable()
    .default(null)
    .describe('File whose presence halts everything, NATS or no NATS; null is KILL in the state directory.'),
  control: controlSchema
    .prefault({})
    .describe('Whose commands are carried out; who reaches the daemon is for NATS to say.'),
  trips: tripsSchema
    .prefault({})
    .describe('What stops trading by itself; looked at with every pulse of a daemon on NATS.'),
  nats: natsSchema
    .nullable()
    .default(null)
    .describe('Connection to NATS: prices, orders and control commands; null keeps everything in one process.'),
  feed: feed.describe('Where market prices come from.'),
  solver: z
    .strictObject({
      isolation: z
        .enum(['process', 'thread'])
        .default('process')
        .describe(
          'process: solves run in a child process, whose crash or hang costs a solve and no more; thread: in the daemon itself.',
        ),
      backend: z
        .enum(['cpu', 'cuda', 'auto'])
        .default('cpu')
        .describe(
          'cpu: the processors; cuda: a CUDA device, and the processors when there is none; auto: a device for large problems.',
        ),
    })
    .prefault({})
    .describe('Where solves run.'),
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
  max_clock_skew: duration
    .default('1s')
    .describe(
      "bus: furthest the machine's clock, the feed's or a gateway's may be from the daemon's time; beyond it no new run begins.",
    ),
  seed: z
    .string()
    .min(1)
    .max(64)
    .nullable()
    .default(null)
    .describe('Text that names new journals, so that equal runs give equal order ids; null draws a random name.'),
})

/** The system file, `ballast.yaml`: what the process needs, as the file spells it. */
export const systemSchema = system.superRefine(({ feed: { type, bar_size }, trips }, context) => {
  // A session is marked on its first bar, so on minute bars what is remembered is no close.
  if (type === 'bus' && bar_size === '1m' && trips.daily_loss !== null)
    context.addIssue({
      code: 'custom',
      path: ['feed', 'bar_size'],
      message:
        'needs trips.daily_loss: null, because on 1-minute bars the last close is not known to measure a loss from',
    })
})

/** A checked system file with every default filled in. */
export type SystemSettings = z.output<typeof systemSchema>

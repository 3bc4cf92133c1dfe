import { z } from 'zod'
import type { TripLimits } from '#domain/trips/registry.js'
import { duration, durationMs } from './fields.js'

const loss = z.number().gt(0).max(1)

/** What stops trading by itself, as the system file spells it; null switches a rule off. */
export const tripsSchema = z.strictObject({
  unknown_orders: z
    .strictObject({
      older_than: duration.default('10m').describe('Longest an order may be of unknown fate.'),
      more_than: z.int().min(0).default(20).describe('Most orders of unknown fate at once.'),
    })
    .nullable()
    .prefault({})
    .describe('Halts a portfolio whose orders nobody can account for; null never does.'),
  failed_runs: z
    .strictObject({
      consecutive: z.int().min(1).max(1_000).default(3).describe('Runs in a row that may not all fail.'),
    })
    .nullable()
    .prefault({})
    .describe('Halts a portfolio whose runs fail one after the other; null never does.'),
  daily_loss: z
    .strictObject({
      warn: loss.default(0.03).describe('Loss of a session from which it is said, fraction of equity.'),
      halt: loss.default(0.05).describe('Loss of a session from which trading halts, fraction of equity.'),
    })
    .refine(({ warn, halt }) => warn <= halt, { path: ['warn'], error: 'must not be above halt' })
    .nullable()
    .prefault({})
    .describe(
      'Halts a portfolio that loses too much in a session, flows aside; never on monthly bars; null never does, and must be given with 1-minute bars.',
    ),
})

/** The limits a checked section stands for. */
export function tripLimits({ unknown_orders, failed_runs, daily_loss }: z.output<typeof tripsSchema>): TripLimits {
  return {
    unknownOrders: unknown_orders && {
      olderThanMs: durationMs(unknown_orders.older_than),
      moreThan: unknown_orders.more_than,
    },
    failedRuns: failed_runs,
    dailyLoss: daily_loss,
  }
}

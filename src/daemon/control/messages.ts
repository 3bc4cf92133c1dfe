import { z } from 'zod'
import { type Exchange, exchange } from '#adapters/wire/exchange.js'
import { field } from '#adapters/wire/fields.js'
import { regimeField } from '#adapters/wire/regime.js'
import { signatureField } from '#adapters/wire/signing.js'
import { noMoney, toCents } from '#units/money.js'
import { DAY_MS, MINUTE_MS } from '#units/time.js'
import type { Asked, QueryName } from '../queries/registry.js'

/** Most parts an answer may have; with 48 KiB each that is 16 MiB and more. */
export const MOST_PARTS = 400

/** Which part is wanted; `digest` says of which answer, null for a fresh one. */
export interface PartAsked {
  readonly chunk: number
  readonly digest: string | null
}

const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => value.trim() !== '', 'must not be blank')

/** Which part of a long answer is wanted: parts after the first name the answer they belong to. */
const part = {
  chunk: z.int().min(0).max(MOST_PARTS).default(0),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable()
    .default(null),
}

/** Who asks for a change, why, and the id that makes it at most once. */
export const signed = {
  request_id: z.uuid().transform((id) => id.toLowerCase()),
  actor: text(64),
  reason: text(500),
  /** Say what would happen; nothing is journaled. */
  dry_run: z.boolean().default(false),
  /** Whose command it is; null for one nobody signed. */
  signature: signatureField.nullable().default(null),
}

const permission = z.enum(['active', 'reducing', 'paused', 'halted'])
/** Journal sequence of the change; null when nothing was journaled. */
const seq = z.int().min(1).nullable()
/** True when this request id had been carried out before; the rest is what came of it then. */
const duplicate = z.boolean()

/** An amount of money that can be paid or traded for. */
const cents = field.money.refine((sum) => sum.gt(noMoney) && toCents(sum).eq(sum), 'must be above zero in whole cents')

/** What each question asks beside its portfolio. */
const asked = {
  status: {},
  drift: {},
  plan: {
    actor: text(64),
    reason: text(500),
    what_if: z.record(text(200), z.string().max(200)).default({}),
    task: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.enum(['invest-cash', 'withdraw-cash']), amount: cents }),
        z.strictObject({ type: z.literal('liquidate') }),
        z.strictObject({ type: z.literal('full'), to: z.literal('target') }),
      ])
      .optional(),
  },
  explain: { what: z.string().min(1).max(64), limit: z.int().min(1).max(10_000) },
  runs: {},
  'run-show': { run: z.string().min(1).max(16) },
  orders: { open: z.boolean() },
  fills: {},
  positions: {},
  journal: { from: z.int().min(1).nullable(), limit: z.int().min(1).max(1_000_000_000) },
  shadow: { last: z.int().min(1).max(10_000) },
} satisfies { readonly [Q in QueryName]: { readonly [F in keyof Asked<Q>]: z.ZodType<Asked<Q>[F]> } }

/** One part of an answer whose JSON text may be longer than a message: parts join to the text the digest is of. */
const answerPart = z.object({
  chunk: z.int().min(0),
  of: z.int().min(1).max(MOST_PARTS),
  /** SHA-256 of the whole text, hex. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  text: z.string(),
})

/** The exchange of a question: what it asks and which part of the answer, against that part. */
export const questionExchange = (query: QueryName): Exchange<z.ZodType<Question>, typeof answerPart> =>
  exchange(z.strictObject({ ...asked[query], ...part }) as z.ZodType<Question>, answerPart)

/** A question's own fields, checked, and the part wanted. */
type Question = PartAsked & Readonly<Record<string, unknown>>

const list = exchange(z.strictObject(part), answerPart)

const health = exchange(
  z.strictObject({}),
  z.object({
    ready: z.boolean(),
    checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string(), age_ms: z.number().nullable() })),
  }),
)

const halt = exchange(
  z.strictObject({ scope: z.literal('all'), ...signed }),
  z.object({
    halted: z.array(z.object({ portfolio: z.string(), seq, duplicate })),
    /** Halted before; left as they were. */
    already: z.array(z.string()),
    failed: z.array(z.object({ portfolio: z.string(), code: z.string(), message: z.string() })),
    duplicate,
    dry_run: z.boolean(),
  }),
)

/** A restraint: everything when no instrument is given, else one name, in every portfolio or in one. */
const target = {
  instrument: field.instrument.nullable().default(null),
  portfolio: field.portfolio.nullable().default(null),
}

const restrained = z.object({
  /** `firm`, `firm:SPY` or `own:SPY`. */
  key: z.string(),
  to: z.enum(['active', 'reducing', 'halted']),
  changed: z.array(z.object({ portfolio: z.string(), seq, duplicate })),
  /** As asked before; left as they were. */
  already: z.array(z.string()),
  failed: z.array(z.object({ portfolio: z.string(), code: z.string(), message: z.string() })),
  dry_run: z.boolean(),
})

const kill = exchange(
  z.strictObject({ ...target, level: z.enum(['reducing', 'halted']).default('halted'), ...signed }),
  restrained,
)
const unkill = exchange(z.strictObject({ ...target, ...signed }), restrained)
const reload = exchange(
  z.strictObject(signed),
  z.object({
    /** Settings that differ from the running ones, such as `core.orders.collar`. */
    changed: z.array(z.string()),
    /** Limits that become looser, with both values. */
    loosened: z.array(z.string()),
    /** Portfolios that get their policy at the end of their run. */
    waiting: z.array(z.string()),
    /** Absent from a daemon of before. */
    duplicate: duplicate.default(false),
    dry_run: z.boolean(),
  }),
)

const permit = exchange(
  z.strictObject(signed),
  z.object({
    portfolio: z.string(),
    /** What it was before; null when a repeated request no longer knows. */
    before: permission.nullable(),
    trading: permission,
    trading_reason: z.string(),
    changed: z.boolean(),
    seq,
    duplicate,
    dry_run: z.boolean(),
  }),
)

const cash = exchange(
  z.strictObject({
    ...signed,
    amount: cents,
  }),
  z.object({
    portfolio: z.string(),
    amount: z.string(),
    currency: z.string(),
    seq,
    duplicate,
    dry_run: z.boolean(),
  }),
)

const begun = z.object({ portfolio: z.string(), run_id: z.string().nullable(), seq, duplicate, dry_run: z.boolean() })
const run = exchange(z.strictObject(signed), begun)
/** A rebalance: as far as the policy trades, or all the way to the targets. */
const rebalance = exchange(z.strictObject({ ...signed, to: z.literal('target').optional() }), begun)
/** A run that invests at most an amount, or frees one. */
const cashRun = exchange(z.strictObject({ ...signed, amount: cents }), begun)

/** What waits for a second operator, in parts. */
const approvals = exchange(z.strictObject(part), answerPart)

const approve = exchange(
  z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/), ...signed }),
  z.object({
    id: z.string(),
    verb: z.string(),
    by: z.string(),
    approved_by: z.string(),
    /** What exactly was confirmed; none from a daemon of before. */
    terms: z.array(z.string()).default([]),
    /** What the command itself answered, JSON. */
    answer: z.string(),
  }),
)

/** What somebody says of the plan that waits: of which run, by its whole hash. */
const decide = exchange(
  z.strictObject({ run: field.run, plan: z.string().regex(/^[0-9a-f]{64}$/), ...signed }),
  z.object({
    portfolio: z.string(),
    run_id: z.string(),
    plan: z.string(),
    /** `waits` when it takes one more person. */
    status: z.enum(['approved', 'rejected', 'waits']),
    /** Who has approved so far, and how many must. */
    approved_by: z.array(z.string()),
    approvers: z.int().min(1),
    seq,
    duplicate,
    dry_run: z.boolean(),
  }),
)

/** What an adjustment books, or would: signed changes, and what is settled with them. */
const adjust = exchange(
  z.strictObject(signed),
  z.object({
    portfolio: z.string(),
    positions: z.array(z.object({ symbol: z.string(), qty: z.string(), price: z.string() })),
    cash: z.string(),
    fees: z.string(),
    settled: z.array(z.string()),
    seq,
    duplicate,
    dry_run: z.boolean(),
  }),
)

const regimeStanding = z.object({
  portfolio: z.string(),
  regime: z.string(),
  /** What weights are multiplied by then. */
  multiplier: z.number(),
  /** When it ends; null where readings are followed. */
  until: z.string().nullable(),
  seq,
  duplicate,
  dry_run: z.boolean(),
})
/** A regime in place of what readings say, for a time of at most a year. */
const regimeSet = exchange(
  z.strictObject({
    regime: regimeField,
    for_ms: z
      .int()
      .min(MINUTE_MS)
      .max(366 * DAY_MS),
    ...signed,
  }),
  regimeStanding,
)
const regimeClear = exchange(z.strictObject(signed), regimeStanding)

const reconcile = exchange(z.strictObject(part), answerPart)

/** What is asked of a daemon and of one of its portfolios beside the questions of the registry. */
export const control = {
  ...{ list, health, halt, kill, unkill, approvals, approve },
  ...{ reload, permit, cash, run, rebalance, cashRun, decide, adjust, reconcile, regimeSet, regimeClear },
} as const

/** Changes of permission by their verb. */
export const PERMISSIONS = { pause: 'paused', resume: 'active', reduce: 'reducing', halt: 'halted' } as const
/** A verb that changes what trading may do. */
export type PermissionVerb = keyof typeof PERMISSIONS
/** One part of an answer, as it travels. */
export type AnswerPart = z.output<typeof answerPart>
/** What comes of a change of permission, as it travels. */
export type PermitAnswer = z.output<typeof control.permit.answer>
/** What comes of setting or lifting a restraint, as it travels. */
export type RestrainAnswer = z.output<typeof control.kill.answer>
/** What comes of reading the configuration again, as it travels. */
export type ReloadAnswer = z.output<typeof control.reload.answer>
/** What comes of halting everything, as it travels. */
export type HaltAnswer = z.output<typeof control.halt.answer>
/** What comes of cash in or out, as it travels. */
export type CashAnswer = z.output<typeof control.cash.answer>
/** What comes of a decision on a plan, as it travels. */
export type DecideAnswer = z.output<typeof control.decide.answer>
/** What comes of an adjustment, as it travels. */
export type AdjustAnswer = z.output<typeof control.adjust.answer>
/** What comes of a run by hand, as it travels. */
export type RunAnswer = z.output<typeof control.run.answer>
/** What comes of setting a regime by hand or taking it back, as it travels. */
export type RegimeAnswer = z.output<typeof control.regimeSet.answer>

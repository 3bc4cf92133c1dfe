import type { z } from 'zod'
import { ask, type Exchange } from '#adapters/wire/exchange.js'
import { type Signer, signCommand } from '#adapters/wire/signing.js'
import { subjects } from '#adapters/wire/subjects.js'
import { natsOptions } from '#daemon/config/nats-files.js'
import type { NatsSettings } from '#daemon/config/nats-schema.js'
import { control, questionExchange } from '#daemon/control/messages.js'
import { askWhole } from '#daemon/control/parts.js'
import type { PortfolioRow } from '#daemon/queries/portfolios.js'
import type { Asked, QueryName, Told } from '#daemon/queries/registry.js'
import type { Bus } from '#ports/bus.js'
import type { Comparison } from '#runtime/compare.js'
import { Fault } from '#units/fault.js'
import { signerOf } from './context.js'
import { CliError, EXIT, failureOf } from './failure.js'
import type { Settings } from './settings.js'

const TIMEOUT_MS = 5_000
/** A plan needs a solve, which may take a minute. */
const PLAN_TIMEOUT_MS = 60_000

/** A request that waits for a second operator. */
export interface Waiting {
  readonly id: string
  readonly verb: string
  readonly portfolio: string | null
  readonly by: string
  readonly reason: string
  /** What exactly is to be confirmed, a sentence each. */
  readonly terms: readonly string[]
  readonly at: string
  readonly expires: string
}

/** A running daemon, asked over NATS. Every call may throw the Faults of the bus, or a refusal with the daemon's code. */
export interface Daemon {
  portfolios(): Promise<readonly PortfolioRow[]>
  ask<Q extends QueryName>(query: Q, portfolio: string, asked: Asked<Q>): Promise<Told<Q>>
  compare(portfolio: string): Promise<Comparison>
  /** What waits for a second operator. */
  approvals(): Promise<readonly Waiting[]>
  /** Asks for a change. @throws CliError 7 naming the request id to repeat when no answer came in time. */
  change<Q extends z.ZodType, A extends z.ZodType>(
    exchange: Exchange<Q, A>,
    subject: string,
    asked: z.input<Q> & { readonly request_id: string },
  ): Promise<z.output<A>>
}

/**
 * Connects to a daemon for as long as `use` takes.
 * @throws Fault `NATS_…` when the server cannot be reached or refuses us, `SECRET_UNREADABLE`.
 */
export async function withDaemon<T>(
  settings: Pick<Settings, 'timeoutMs'>,
  connection: NatsSettings,
  use: (daemon: Daemon) => Promise<T>,
): Promise<T> {
  const { natsBus } = await import('#adapters/bus/nats.js') // only a command for a daemon pays for loading it
  const bus = await natsBus(natsOptions(connection, { name: 'ballast-cli' }), 'once')
  try {
    return await use(daemonOver(bus, settings.timeoutMs, signerOf()))
  } finally {
    await bus.close()
  }
}

/** A daemon asked over a bus; `timeoutMs` null leaves each question its usual time. */
function daemonOver(bus: Bus, timeoutMs: number | null, signer: Signer | null): Daemon {
  const patience = timeoutMs ?? TIMEOUT_MS
  return {
    async portfolios() {
      const rows = await askWhole(bus, control.list, subjects.control('list'), {}, patience)
      return rows as readonly PortfolioRow[]
    },
    async ask(query, portfolio, asked) {
      const time = query === 'plan' ? (timeoutMs ?? PLAN_TIMEOUT_MS) : patience
      const subject = subjects.portfolio(tokenOf(portfolio), query)
      return (await askWhole(
        bus,
        questionExchange(query),
        subject,
        asked as Readonly<Record<string, unknown>>,
        time,
      )) as Told<typeof query>
    },
    async compare(portfolio) {
      const subject = subjects.portfolio(tokenOf(portfolio), 'reconcile')
      return (await askWhole(bus, control.reconcile, subject, {}, patience)) as Comparison
    },
    async approvals() {
      return (await askWhole(bus, control.approvals, subjects.control('approvals'), {}, patience)) as readonly Waiting[]
    },
    async change(exchange, subject, asked) {
      try {
        return await ask(bus, exchange, subject, signedBy(signer, subject, asked), patience)
      } catch (error) {
        throw unknownOutcome(error, asked.request_id)
      }
    },
  }
}

/** The command in the name of whoever signs it, or as it is when nobody does. */
function signedBy<Q extends object>(signer: Signer | null, subject: string, asked: Q): Q {
  if (signer === null) return asked
  const plain = JSON.parse(JSON.stringify({ ...asked, actor: signer.operator })) as Record<string, unknown>
  return signCommand(subject, plain, signer, Date.now()) as unknown as Q
}

/** A portfolio's name as it may stand in a subject. @throws CliError 5 for a name no portfolio can have. */
export function tokenOf(portfolio: string): PortfolioToken {
  if (/^[A-Za-z0-9_-]{1,32}$/.test(portfolio)) return portfolio as PortfolioToken
  throw new CliError(EXIT.notFound, 'PORTFOLIO_UNKNOWN', `no portfolio can be called ${portfolio}`)
}

type PortfolioToken = Parameters<typeof subjects.portfolio>[0]

/** A change nobody answered may have been carried out: only the same request id may ask for it again. */
function unknownOutcome(error: unknown, requestId: string): unknown {
  if (!(error instanceof Fault) || failureOf(error).exit !== EXIT.unknown) return error
  return new CliError(
    EXIT.unknown,
    error.code,
    `${error.message}; whether it was carried out is unknown: ask again with --request-id ${requestId}`,
    { ...error.data, request_id: requestId },
  )
}

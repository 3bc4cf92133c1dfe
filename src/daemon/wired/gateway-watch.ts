import type { Clock } from '#ports/clock.js'
import type { Gateway } from '#ports/gateway.js'
import type { Log } from '#ports/log.js'
import type { PortfolioId } from '#units/ids.js'

/** How a gateway is doing. */
export interface GatewayHealth {
  /** Null when all is well, else what is wrong, in words. */
  readonly trouble: string | null
  /** Milliseconds since it answered last; null when it never did. */
  readonly ageMs: number | null
}

/** Looks after the gateways: orders go out rarely, silence must be noticed before. */
export interface GatewayWatch {
  /** Every gateway by name. */
  health(): Readonly<Record<string, GatewayHealth>>
  close(): void
}

/** What is watched, and against which clock. */
export interface WatchOptions {
  readonly gateway: Pick<Gateway, 'account'>
  readonly portfolios: readonly { readonly id: PortfolioId; readonly gateway: string }[]
  readonly clock: Clock
  readonly log: Log
  /** Pause between two questions, milliseconds. */
  readonly everyMs: number
  /** Furthest the gateway's clock may be from ours: deadlines of orders are kept by both. */
  readonly maxSkewMs: number
}

/** Longest pause while a gateway is in trouble, milliseconds: its return should be noticed soon. */
const TROUBLED_MS = 1_000

interface Seen {
  answeredAt: number | null
  trouble: string | null
}

/** Asks each gateway for one of its accounts, again and again, on the machine's own timer. */
export function watchGateways(options: WatchOptions): GatewayWatch {
  const seen = new Map<string, Seen>()
  for (const { gateway } of options.portfolios) seen.set(gateway, { answeredAt: null, trouble: 'has not answered yet' })
  let closed = false
  const look = async (): Promise<void> => {
    await Promise.all([...seen].map(([name, state]) => askOne(name, state, options)))
    const troubled = [...seen.values()].some(({ trouble }) => trouble !== null)
    const pauseMs = troubled ? Math.min(TROUBLED_MS, options.everyMs) : options.everyMs
    if (!closed) timer = setTimeout(() => void look(), pauseMs)
  }
  let timer = setTimeout(() => void look(), 0)
  return {
    health: () =>
      Object.fromEntries(
        [...seen].map(([name, { answeredAt, trouble }]) => [
          name,
          { trouble, ageMs: answeredAt === null ? null : Math.round(performance.now() - answeredAt) },
        ]),
      ),
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}

async function askOne(name: string, state: Seen, options: WatchOptions): Promise<void> {
  const { gateway, portfolios, clock, log, maxSkewMs } = options
  const before = state.trouble
  const portfolio = portfolios.find((row) => row.gateway === name)!.id
  const asked = clock.now()
  try {
    const { at } = await gateway.account(portfolio)
    state.answeredAt = performance.now()
    const skew = skewMs(asked, at, clock.now())
    state.trouble =
      skew <= maxSkewMs
        ? null
        : `its clock is ${(skew / 1000).toFixed(1)} s away from ours (limit ${maxSkewMs / 1000} s)`
  } catch (error) {
    state.trouble = error instanceof Error ? error.message : String(error)
  }
  if ((state.trouble === null) !== (before === null))
    log[state.trouble === null ? 'info' : 'warn']({ gateway: name, trouble: state.trouble }, 'gateway')
}

/** How far a clock read in between is outside of when it was asked and when the answer was here, milliseconds. */
export function skewMs(asked: number, theirs: number, answered: number): number {
  if (theirs < asked) return asked - theirs
  return theirs > answered ? theirs - answered : 0
}

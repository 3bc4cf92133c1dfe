import { isRequest, requestKey } from '#domain/portfolio/effect.js'
import type { Entry } from '#domain/portfolio/entry.js'
import { FINAL_RUN, type Run } from '#domain/run.js'
import type { PortfolioSnapshot, PortfolioStep } from '#machines/portfolio.machine.js'
import type { Commit, OutboxRow, TimerRow } from '#ports/journal.js'
import { textOf } from './image.js'

/** Entries between snapshots while no run ends. */
const SNAPSHOT_EVERY = 256

/** Where an event came from: requests it answers, and its dedupe key when it came from outside. */
export interface Origin {
  readonly answers: readonly string[]
  readonly inbox: { readonly key: string; readonly digest: string } | null
}

/** All that a step writes, beside its entry. */
export function record(before: PortfolioSnapshot | null, step: PortfolioStep, entry: Entry, origin: Origin): Commit {
  const requests = step.effects.filter(isRequest)
  const outboxPut: OutboxRow[] = requests.map((effect) => ({ key: requestKey(effect), effect }))
  const timers = timerRows(step, entry.event.type === 'timedOut' ? [entry.event.timer] : [])
  const run = step.context.run
  const moved = run !== null && run.status !== statusBefore(before, run)
  const ended = moved && FINAL_RUN.has(run.status)
  return {
    entry,
    outboxPut,
    outboxRemove: [...origin.answers, ...withdrawn(before, step)],
    timersPut: timers.put,
    timersRemove: timers.remove,
    inboxPut: origin.inbox === null ? [] : [origin.inbox],
    snapshot:
      ended || entry.seq % SNAPSHOT_EVERY === 0 || before === null ? { seq: entry.seq, text: textOf(step) } : null,
    run: moved || entry.event.type === 'busted' ? run : null,
    execution: entry.event.type === 'filled' ? entry.event.execution : null,
  }
}

/**
 * Submits that are no longer wanted: their order has moved on, whether an answer has come or not. Were they left, a
 * restart would send an order that has meanwhile been cancelled, or whose portfolio was halted.
 */
function withdrawn(before: PortfolioSnapshot | null, step: PortfolioStep): readonly string[] {
  const sent = Object.values(before?.context.run?.orders ?? {}).filter((order) => order.status === 'submitting')
  const now = step.context.run?.orders ?? {}
  return sent.filter(({ id }) => now[id]?.status !== 'submitting').map(({ id }) => `submit:${id}`)
}

function statusBefore(before: PortfolioSnapshot | null, run: Run): Run['status'] | null {
  const earlier = before?.context.run
  return earlier?.id === run.id ? earlier.status : null
}

/** The timers as the step leaves them: what it scheduled and then called off is gone, and the other way round. */
function timerRows(
  step: PortfolioStep,
  fired: readonly string[],
): { readonly put: readonly TimerRow[]; readonly remove: readonly string[] } {
  const put = new Map<string, TimerRow>()
  const remove = new Set<string>(fired)
  for (const effect of step.effects) {
    if (effect.type === 'schedule') {
      put.set(effect.timer, { timer: effect.timer, at: effect.at })
      remove.delete(effect.timer)
    } else if (effect.type === 'unschedule') {
      put.delete(effect.timer)
      remove.add(effect.timer)
    }
  }
  return { put: [...put.values()], remove: [...remove] }
}

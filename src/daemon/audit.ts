import { subjects } from '#adapters/wire/subjects.js'
import { restraintKey } from '#domain/permission/restraint.js'
import type { BlockedTrigger } from '#domain/trigger.js'
import { leaf } from '#machines/portfolio.machine.js'
import type { Bus } from '#ports/bus.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { Staged } from '#runtime/actor.js'
import type { PortfolioId } from '#units/ids.js'
import { toIso } from '#units/time.js'
import { announcements } from './announcements.js'
import { measuring } from './measure.js'

/** Whoever is told of what the engine did. */
export interface AuditPorts {
  readonly bus: Bus
  readonly metrics: Metrics
  readonly log: Log
}

/** Listeners of the engine. */
export interface Audit {
  step(staged: Staged): void
  /** What holds triggers back at a look; empty when nothing does, so that what comes back later is news again. */
  blocked(portfolio: PortfolioId, blocked: readonly BlockedTrigger[]): void
}

/**
 * Tells the world what is already on disk: an event on `ballast.v1.evt.<portfolio>.<topic>`, metrics, a log line when
 * the portfolio's state changed. Derived from the step, so nothing of it has to be journaled; whoever missed one
 * reads the journal.
 */
export function audit({ bus, metrics, log }: AuditPorts): Audit {
  const held = new Map<PortfolioId, ReadonlyMap<string, string>>()
  const measure = measuring(metrics)
  return {
    step(staged) {
      const { portfolio, entry, before, after } = staged
      measure(staged)
      const run = after.context.run?.id ?? null
      const base = { seq: entry.seq, ts: toIso(entry.at), run_id: run, cause: entry.event.cause }
      for (const { topic, body } of announcements(staged))
        bus.publish(subjects.event(portfolio, topic), JSON.stringify({ ...base, ...body }))
      const from = before === null ? 'none' : leaf(before.value)
      log.debug({ portfolio, run, event: entry.event.type, seq: entry.seq, from, to: leaf(after.value) }, 'step')
      if (entry.event.type === 'busted') {
        const { executionId, reason } = entry.event.bust
        log.warn({ portfolio, execution: executionId, reason }, 'execution taken back by the venue')
      }
      if (after.value.permission !== before?.value.permission && before !== null)
        log[entry.event.type === 'permitted' ? 'info' : 'warn'](
          { portfolio, permission: after.value.permission, reason: after.context.permissionReason },
          'permission',
        )
      if (entry.event.type === 'restrained') {
        const { scope, to, actor, reason } = entry.event
        log.warn({ portfolio, restraint: restraintKey(scope), to, actor, reason }, 'restraint')
      }
    },
    blocked(portfolio, blocked) {
      const before = held.get(portfolio)
      if (blocked.length === 0) {
        held.delete(portfolio)
        return
      }
      const now = new Map<string, string>()
      held.set(portfolio, now)
      for (const { kind, code, reason, about } of blocked) {
        const news = about === undefined ? reason : `${code} ${about.join(' ')}`
        now.set(kind, news)
        // A step sets the gauge too, and after a restart on a quiet day there is none.
        if (code === 'needs_adjustment') metrics.gauge('ballast_needs_adjustment', about?.length ?? 0, { portfolio })
        if (before?.get(kind) === news) continue // the same again, a little older: said and counted already
        metrics.count('ballast_triggers_blocked_total', { portfolio, kind, reason: code })
        if (code !== 'cooldown') log.info({ portfolio, kind, code }, reason)
      }
    },
  }
}

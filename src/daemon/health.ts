import { standingOf } from '#domain/permission/restraint.js'
import type { Assembly } from './assemble.js'
import type { Health, HealthCheck } from './http.js'

/** How far the replay has come. */
export interface Progress {
  session: string | null
  number: number
  readonly total: number
  finished: boolean
}

/** The daemon's checks: it is ready when every portfolio has reconciled and may trade. */
export function healthOf({ engine, journal }: Assembly, progress: Progress): Health {
  return () => {
    return {
      feed: {
        ok: progress.session !== null || progress.finished,
        detail:
          progress.session === null
            ? 'no session yet'
            : `session ${progress.session}, ${progress.number} of ${progress.total}`,
        ageMs: null,
      },
      ...portfolioChecks({ engine, journal }),
    }
  }
}

/** One check a portfolio: taken over from whoever had it, and not halted. */
export function portfolioChecks({
  engine,
  journal,
}: Pick<Assembly, 'engine' | 'journal'>): Readonly<Record<string, HealthCheck>> {
  const checks: Record<string, HealthCheck> = {}
  for (const portfolio of engine.portfolios) {
    const snapshot = engine.host.snapshot(portfolio)
    const owned = engine.isReady(portfolio)
    const standing = snapshot && standingOf(snapshot.value.permission, snapshot.context)
    const halted = standing?.trading === 'halted'
    const { seq } = journal.head(portfolio)
    const state = halted ? `halted: ${standing.reason}` : owned ? 'reconciled' : 'recovering'
    checks[`portfolio ${portfolio}`] = { ok: owned && !halted, detail: `${state}, journal at ${seq}`, ageMs: null }
  }
  return checks
}

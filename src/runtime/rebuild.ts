import type { Entry } from '#domain/portfolio/entry.js'
import type { PortfolioEvent } from '#domain/portfolio/event.js'
import { create, type PortfolioSnapshot, react } from '#machines/portfolio.machine.js'
import type { Commit, Snapshot } from '#ports/journal.js'
import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { Fault } from '#units/fault.js'
import { hashOf, restore } from './image.js'
import { bustKey, executionKey } from './intake.js'
import { type Origin, record } from './record.js'

/** A history as it would have been committed, and the state it ends in; null for an empty one. */
export interface Rebuilt {
  readonly commits: readonly Commit[]
  readonly snapshot: PortfolioSnapshot | null
}

/**
 * The commits that a history of bare entries stands for, worked out again by replay, each state compared with the hash
 * its entry carries. What entries do not tell is left out: requests to a gateway that had no answer (a take-over asks
 * about every open order) and the dedupe keys of operators' requests. `base` is the state before the first entry, where that is
 * not the history's first.
 * @throws Fault `JOURNAL_CORRUPT` when a state differs.
 */
export function rebuild(entries: Iterable<Entry>, base: Snapshot | null = null): Rebuilt {
  const commits: Commit[] = []
  let before: PortfolioSnapshot | null = base === null ? null : restore(base.text)
  for (const entry of entries) {
    const step = before === null ? create(entry.event) : react(before, entry.event)
    const after: PortfolioSnapshot = { value: step.value, context: step.context }
    if (hashOf(after, entry.v) !== entry.stateHash)
      throw new Fault('JOURNAL_CORRUPT', `replay gives another state at sequence ${entry.seq}`, 'never', {
        portfolio: entry.portfolio,
        seq: entry.seq,
      })
    const commit = record(before, step, entry, originOf(entry.event))
    const outboxPut = commit.outboxPut.filter(({ effect }) => effect.type === 'solve' || effect.type === 'observe')
    commits.push({ ...commit, outboxPut })
    before = after
  }
  return { commits, snapshot: before }
}

function originOf(event: PortfolioEvent): Origin {
  switch (event.type) {
    case 'solved':
      return { answers: [`solve:${event.request}`], inbox: null }
    case 'observed':
      return { answers: [`observe:${event.request}`], inbox: null }
    case 'filled': {
      const { execution } = event
      return { answers: [], inbox: { key: executionKey(execution), digest: digest(encode(execution)) } }
    }
    case 'busted':
      return { answers: [], inbox: { key: bustKey(event.bust), digest: digest(encode(event.bust)) } }
    default:
      return { answers: [], inbox: null }
  }
}

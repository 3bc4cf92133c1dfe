import { isRequest, requestKey } from '#domain/portfolio/effect.js'
import type { Entry } from '#domain/portfolio/entry.js'
import type { Commit, Journal, Recovered, Verification } from '#ports/journal.js'
import type { Sealed } from '#ports/sealed.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { restore } from './image.js'
import { rebuild } from './rebuild.js'

/** What is read beside the chain. */
export type Tables = Pick<Journal, 'entries' | 'recover' | 'runs' | 'executions' | 'inbox' | 'head' | 'seal'>

/**
 * Checks every table that is derived from a portfolio's chain, after the chain itself: replays the whole history, each
 * state compared with its hash, and compares runs, executions, dedupe keys of executions and of what was taken back, deadlines
 * and open requests with what the entries stand for. Names the sequence that last wrote what differs. Cost  a replay of everything.
 * What entries do not tell cannot be checked: the dedupe keys of operators' requests. Of sealed entries' rows only how many there may be
 * is checked, unless `whole` gives the history from its first entry.
 */
export function verifyTables(journal: Tables, portfolio: PortfolioId, whole?: Iterable<Entry>): Verification {
  const { seq: last, hash: head } = journal.head(portfolio)
  const sealed = whole === undefined ? journal.seal(portfolio) : null
  const begin = sealed?.seq ?? 0
  const entries = last - begin
  const fail = (seq: number, message: string): Verification => ({
    ok: false,
    portfolio,
    seq,
    kind: 'corrupt',
    message: `${portfolio} ${seq}: ${message}`,
  })
  try {
    const { commits } = rebuild(whole ?? everyEntry(journal, portfolio, begin + 1, last), sealed?.state)
    const wrong = differences(journal, portfolio, { ...expectedOf(commits), sealed: sealedRows(sealed) })
    if (wrong !== undefined) return fail(wrong.seq, wrong.message)
    const found = { ok: true, portfolio, entries, head } as const
    return sealed === null ? found : { ...found, sealed: { seq: begin, segment: sealed.segments.at(-1)!.name } }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const seq = Number(error.data.seq ?? last)
    return fail(seq, error.message)
  }
}

/** A row as it should be, and the sequence that wrote it. */
interface Attested {
  readonly text: string
  readonly seq: number
}

interface Expected {
  readonly runs: ReadonlyMap<string, Attested>
  readonly executions: ReadonlyMap<string, Attested>
  readonly inbox: ReadonlyMap<string, Attested>
  readonly timers: ReadonlyMap<string, Attested>
  /** Every request that was ever asked for. */
  readonly requests: ReadonlySet<string>
  /** How many rows stand for sealed entries. */
  readonly sealed: { readonly runs: number; readonly executions: number }
}

const sealedRows = (sealed: Sealed | null): Expected['sealed'] =>
  sealed === null
    ? { runs: 0, executions: 0 }
    : { runs: restore(sealed.state.text).context.runs, executions: sealed.executions }

function expectedOf(commits: readonly Commit[]): Omit<Expected, 'sealed'> {
  const runs = new Map<string, Attested>()
  const executions = new Map<string, Attested>()
  const inbox = new Map<string, Attested>()
  const timers = new Map<string, Attested>()
  const requests = new Set<string>()
  for (const { entry, run, execution, inboxPut, timersPut, timersRemove } of commits) {
    const row = (value: unknown): Attested => ({ text: encode(value), seq: entry.seq })
    if (run !== null) runs.set(run.id, row(run))
    if (execution !== null) executions.set(execution.id, row(execution))
    for (const { key, digest } of inboxPut) inbox.set(key, row(digest))
    for (const timer of timersRemove) timers.delete(timer)
    for (const timer of timersPut) timers.set(timer.timer, row(timer))
    for (const effect of entry.effects.filter(isRequest)) requests.add(encode({ key: requestKey(effect), effect }))
  }
  return { runs, executions, inbox, timers, requests }
}

function differences(
  journal: Tables,
  portfolio: PortfolioId,
  expected: Expected,
): { readonly seq: number; readonly message: string } | undefined {
  const { outbox, timers }: Recovered = journal.recover(portfolio)
  const texts = <T>(rows: readonly T[], key: (row: T) => string): Map<string, string> =>
    new Map(rows.map((row) => [key(row), encode(row)]))
  const keys = [...expected.inbox.keys()].flatMap((key): [string, string][] => {
    const stored = journal.inbox(portfolio, key)
    return stored === undefined ? [] : [[key, encode(stored)]]
  })
  const stray = outbox.find((row) => !expected.requests.has(encode(row)))
  const { seq } = journal.head(portfolio)
  const runs = journal
    .runs(portfolio)
    .filter(({ id, number }) => number > expected.sealed.runs || expected.runs.has(id))
  const executions = journal.executions(portfolio).slice(expected.sealed.executions)
  return (
    compare(
      'run',
      seq,
      expected.runs,
      texts(runs, (run) => run.id),
    ) ??
    compare(
      'execution',
      seq,
      expected.executions,
      texts(executions, ({ id }) => id),
    ) ??
    compare(
      'deadline',
      seq,
      expected.timers,
      texts(timers, ({ timer }) => timer),
    ) ??
    compare('dedupe key', seq, expected.inbox, new Map(keys)) ??
    (stray === undefined ? undefined : { seq, message: `request ${stray.key} was never asked for` })
  )
}

function compare(
  what: string,
  last: number,
  expected: ReadonlyMap<string, Attested>,
  stored: ReadonlyMap<string, string>,
): { readonly seq: number; readonly message: string } | undefined {
  for (const [key, { text, seq }] of expected) {
    const found = stored.get(key)
    if (found === undefined) return { seq, message: `${what} ${key} is missing` }
    if (found !== text) return { seq, message: `${what} ${key} is not what the entries say` }
  }
  const stray = [...stored.keys()].find((key) => !expected.has(key))
  return stray === undefined ? undefined : { seq: last, message: `${what} ${stray} stands for no entry` }
}

const PAGE = 500

function* everyEntry(journal: Tables, portfolio: PortfolioId, first: number, last: number): Generator<Entry> {
  for (let from = first; from <= last; from += PAGE) yield* journal.entries(portfolio, from, PAGE)
}

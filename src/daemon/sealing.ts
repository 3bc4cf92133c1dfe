import { resolve } from 'node:path'
import { exportLines } from '#adapters/journal/export.js'
import { openSealer, type Sealer } from '#adapters/journal/sealer.js'
import { segmentName, writeSegment } from '#adapters/journal/segment.js'
import { isCounted } from '#domain/governance/sent.js'
import { isRequest, requestKey } from '#domain/portfolio/effect.js'
import type { Entry } from '#domain/portfolio/entry.js'
import { latestRuns } from '#domain/trips/failed-runs.js'
import type { Segment } from '#ports/sealed.js'
import { recoverState } from '#runtime/recover.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { type Instant, instant } from '#units/time.js'
import { version } from './version.js'

/** Which entries may go: those before a time, or all but the newest so many. */
export type Until = { readonly before: Instant } | { readonly keep: number }

/** What came, or would come, of sealing one portfolio. */
export interface SealedEntries {
  readonly portfolio: PortfolioId
  /** First and last entry; null when there is nothing to seal. */
  readonly from: number | null
  readonly to: number | null
  /** Entries that the journal keeps. */
  readonly left: number
  /** Files they are in, oldest first; one, unless they are many. */
  readonly segments: readonly string[]
  /** Why fewer are sealed than were asked for; null when all are. */
  readonly held: string | null
}

/** Entries read at once. */
const PAGE = 500

/** Text of a segment, characters, above which the next begins: a file is read back and replayed as a whole. */
const SEGMENT_SIZE = 64 * 1024 * 1024

/**
 * Moves the first entries of portfolios into segment files, and puts a seal in their place. One portfolio after the other: its
 * entries are written to a file (several, each for itself, when they are many), read back from it, their chain and every state
 * verified, and only then removed, in one transaction. A crash at any moment leaves the journal as it was, and maybe a file more, or sealed. What recovery, an unfinished
 * run, a request or deadline that is waited for, the rule on failed runs, and rules that count the orders of a day look back to
 * always stays.
 * @throws Fault `JOURNAL_LOCKED`, `JOURNAL_MISSING`, `JOURNAL_CORRUPT`, `PORTFOLIO_UNKNOWN`, `FILE_EXISTS`.
 */
export async function sealJournal(options: {
  readonly dir: string
  readonly to: string
  /** Null for all of them. */
  readonly portfolio: string | null
  readonly until: Until
  readonly dryRun: boolean
  /** Text of a segment above which the next begins, characters. Default 64 Mi. */
  readonly segmentSize?: number
}): Promise<readonly SealedEntries[]> {
  const sealer = openSealer({ dir: options.dir, machineVersion: version })
  try {
    const all = [...sealer.journal.portfolios()].sort()
    const wanted = options.portfolio === null ? all : all.filter((id) => id === options.portfolio)
    if (options.portfolio !== null && wanted.length === 0)
      throw new Fault('PORTFOLIO_UNKNOWN', `no portfolio is called ${options.portfolio}`, 'never')
    const done: SealedEntries[] = []
    for (const portfolio of wanted) {
      const { pieces, ...planned } = plan(sealer, portfolio, options.until, options.segmentSize ?? SEGMENT_SIZE)
      if (!options.dryRun) for (const piece of pieces) await carryOut(sealer, portfolio, piece, resolve(options.to))
      done.push(planned)
    }
    return done
  } finally {
    await sealer.close()
  }
}

/** A range of entries, and the file they go into. */
type Piece = Pick<Segment, 'name' | 'from' | 'to'>

/** What may be sealed of a chain that verifies. */
function plan(
  sealer: Sealer,
  portfolio: PortfolioId,
  until: Until,
  size: number,
): SealedEntries & { readonly pieces: readonly Piece[] } {
  const { journal } = sealer
  const chain = journal.verify(portfolio)
  if (!chain.ok) throw new Fault('JOURNAL_CORRUPT', chain.message, 'never', { ...chain })
  const { seq: head } = journal.head(portfolio)
  const sealed = journal.seal(portfolio)
  const begin = sealed?.seq ?? 0
  const asked = 'keep' in until ? Math.max(head - until.keep, begin) : lastBefore(sealer, portfolio, until.before)
  const bounds = [{ seq: asked, why: '' }, ...limits(sealer, portfolio)]
  const near = bounds.reduce((least, bound) => (bound.seq < least.seq ? bound : least))
  const waited = firstWaited(sealer, portfolio, near.seq)
  const counted = firstCounted(sealer, portfolio, (waited ?? near).seq)
  const { seq: to, why } = counted ?? waited ?? near
  const held = to < asked ? why : null
  const pieces = piecesOf(journal, portfolio, to, size)
  const segments = pieces.map(({ name }) => name)
  return to <= begin
    ? { portfolio, from: null, to: null, left: head - begin, segments, held, pieces }
    : { portfolio, from: begin + 1, to, left: head - to, segments, held, pieces }
}

function piecesOf(journal: Sealer['journal'], portfolio: PortfolioId, to: number, size: number): readonly Piece[] {
  const sealed = journal.seal(portfolio)
  const before = sealed?.segments.length ?? 0
  const pieces: Piece[] = []
  let from = (sealed?.seq ?? 0) + 1
  let text = 0
  for (const entry of kept(journal, portfolio, to)) {
    text += encode(entry).length
    if (text < size && entry.seq < to) continue
    pieces.push({ name: segmentName(portfolio, before + pieces.length + 1, from, entry.seq), from, to: entry.seq })
    from = entry.seq + 1
    text = 0
  }
  return pieces
}

interface Bound {
  /** The last sequence that may be sealed. */
  readonly seq: number
  readonly why: string
}

/** What a start and the engine's rules look back to. */
function limits({ journal, snapshots }: Sealer, portfolio: PortfolioId): readonly Bound[] {
  const older = snapshots(portfolio).at(-2) ?? 0
  const [oldest] = latestRuns(journal.runs(portfolio), ({ status }) => status)
  const saved =
    older === 0 ? 'there are no two saved states yet' : `the older of the two saved states is that of ${older}`
  const bounds = [{ seq: Math.max(0, older - 1), why: saved }]
  return oldest === undefined
    ? bounds
    : [...bounds, { seq: oldest.version, why: `since ${oldest.id} no run has gone well` }]
}

/** Where to stop so that whatever asked for something that is waited for now stays; undefined when nothing did. */
function firstWaited({ journal }: Sealer, portfolio: PortfolioId, to: number): Bound | undefined {
  const { outbox, timers } = journal.recover(portfolio)
  if (outbox.length + timers.length === 0) return undefined
  const waited = new Set([...outbox.map(({ key }) => key), ...timers.map(({ timer }) => `timer ${timer}`)])
  const nameOf = (effect: Entry['effects'][number]): string =>
    effect.type === 'schedule' ? `timer ${effect.timer}` : isRequest(effect) ? requestKey(effect) : ''
  for (const { seq, effects } of kept(journal, portfolio, to)) {
    const name = effects.map(nameOf).find((one) => waited.has(one))
    if (name !== undefined) return { seq: seq - 1, why: `entry ${seq} asked for ${name}, which is waited for` }
  }
  return undefined
}

/**
 * Where to stop so that the orders stay that a rule may count: those that count as of the journal's newest entry, whoever sent them.
 * As of any later time no others do. Undefined when there are none.
 */
function firstCounted({ journal }: Sealer, portfolio: PortfolioId, to: number): Bound | undefined {
  const newest = journal.portfolios().flatMap((id) => journal.entries(id, journal.head(id).seq, 1))
  const now = instant(newest.reduce((latest, { at }) => Math.max(latest, at), 0))
  for (const { seq, at, effects } of kept(journal, portfolio, to))
    if (isCounted(at, now) && effects.some(({ type }) => type === 'submit'))
      return { seq: seq - 1, why: `entry ${seq} sent an order of the journal’s last day, which still counts` }
  return undefined
}

/** The last entry before a time, with all before it; the seal's when there is none. */
function lastBefore({ journal }: Sealer, portfolio: PortfolioId, before: Instant): number {
  const { seq: head } = journal.head(portfolio)
  let last = journal.seal(portfolio)?.seq ?? 0
  for (const { seq, at } of kept(journal, portfolio, head)) {
    if (at >= before) break
    last = seq
  }
  return last
}

function* kept(journal: Sealer['journal'], portfolio: PortfolioId, to: number): Generator<Entry> {
  for (let from = (journal.seal(portfolio)?.seq ?? 0) + 1; from <= to; from += PAGE)
    yield* journal.entries(portfolio, from, Math.min(PAGE, to - from + 1))
}

async function carryOut(sealer: Sealer, portfolio: PortfolioId, { name, from, to }: Piece, dir: string): Promise<void> {
  const { journal } = sealer
  const { history, digest } = writeSegment(dir, name, exportLines(journal, portfolio, to))
  const sealed = journal.seal(portfolio)
  const { entries } = history
  const last = entries.at(-1)
  if (history.portfolio !== portfolio || history.from !== from || last?.seq !== to)
    throw new Fault('JOURNAL_CORRUPT', `${name} does not hold entries ${from} to ${to} of ${portfolio}`, 'never')
  const { snapshot } = recoverState(portfolio, { snapshot: sealed?.state ?? null, entries })
  const fills = entries.filter(({ event }) => event.type === 'filled').length
  await sealer.seal(last, {
    seq: to,
    hash: last.hash,
    state: { seq: to, text: encode(snapshot) },
    executions: (sealed?.executions ?? 0) + fills,
    segments: [...(sealed?.segments ?? []), { name, from, to, digest }],
  })
}

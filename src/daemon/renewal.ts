import { copyFileSync, existsSync, linkSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { systemClock } from '#adapters/clock/system.js'
import { syncPath, takePlace, verified } from '#adapters/journal/backup.js'
import type { ExportedHistory } from '#adapters/journal/export.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { lockDirectory } from '#adapters/journal/lock.js'
import { makeDirectory } from '#adapters/journal/stores.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import { silentLog } from '#ports/log.js'
import { Actor } from '#runtime/actor.js'
import { Host } from '#runtime/host.js'
import { rebuild } from '#runtime/rebuild.js'
import type { Origin } from '#runtime/record.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { incarnationOf } from './incarnation.js'
import { version } from './version.js'

const DATA = 'data.mdb'
const INTERNAL: Origin = { answers: [], inbox: null }

/** A portfolio that now makes order ids of another incarnation, and is halted. */
export interface Renewed {
  readonly portfolio: PortfolioId
  /** Its newest version, the halt. */
  readonly version: number
  readonly hash: string
}

/** What came of restoring a backup. */
export interface RestoredJournal {
  readonly portfolios: readonly Renewed[]
  /** Where the journal that was there before lies now; null when there was none. */
  readonly replaced: string | null
}

/**
 * Puts a backup in the place of a state directory's journal. The copy is verified, and every portfolio renewed (a new
 * incarnation, to be taken over again) and halted, before it takes its place by one rename: a crash leaves the old journal
 * or the new. One that is there is replaced only with `replace`, and kept aside: a second name of its file, given before.
 * @throws Fault `JOURNAL_EXISTS`, `JOURNAL_MISSING`, `JOURNAL_LOCKED`, `JOURNAL_CORRUPT`.
 */
export async function restoreJournal(options: {
  readonly backup: string
  readonly dir: string
  readonly replace: boolean
  readonly reason: string
}): Promise<RestoredJournal> {
  const [backup, dir] = [resolve(options.backup), resolve(options.dir)]
  makeDirectory(dir)
  const lock = lockDirectory(dir) // whoever owns it must have ended
  try {
    const there = existsSync(join(dir, DATA))
    if (there && !options.replace)
      throw new Fault('JOURNAL_EXISTS', `${dir} holds a journal; --replace moves it aside first`, 'never', { dir })
    return await replaced(backup, dir, there, options.reason)
  } finally {
    lock.release()
  }
}

async function replaced(backup: string, dir: string, there: boolean, reason: string): Promise<RestoredJournal> {
  await verified(backup)
  const beside = join(dir, 'restoring')
  rmSync(beside, { recursive: true, force: true })
  mkdirSync(beside, { mode: 0o700 })
  copyFileSync(join(backup, DATA), join(beside, DATA))
  syncPath(join(beside, DATA))
  const portfolios = await renewAll(beside, reason)
  const aside = there ? keptAside(dir) : null
  takePlace(beside, dir)
  return { portfolios, replaced: aside }
}

/** Gives a journal's file a second name in a directory of its own, and answers that. */
function keptAside(dir: string): string {
  const aside = freeName(`${dir}.before-restore`)
  mkdirSync(aside, { recursive: true, mode: 0o700 })
  linkSync(join(dir, DATA), join(aside, DATA))
  syncPath(aside)
  syncPath(dirname(aside))
  return aside
}

/** Renews and halts every portfolio of a journal. */
async function renewAll(dir: string, reason: string): Promise<readonly Renewed[]> {
  const journal = openJournal({ dir, machineVersion: version })
  try {
    const clock = systemClock()
    const host = new Host({ journal, clock, log: silentLog, onDurable: () => undefined, onFatal: () => undefined })
    const renewed: Renewed[] = []
    for (const portfolio of host.portfolios) {
      const [renewal, halt] = arrival(portfolio, host.snapshot(portfolio)!, 'restore', reason)
      await host.deliver(portfolio, renewal, 'restore')
      const { entry } = await host.deliver(portfolio, halt, 'restore')
      renewed.push({ portfolio, version: entry.seq, hash: entry.hash })
    }
    return renewed
  } finally {
    await journal.close()
  }
}

/**
 * What a history from elsewhere is told before it trades. A new incarnation at random: with the configuration's seed, two
 * restores of one backup would make the same order ids. And a halt, to be lifted like any other: what was halted or killed
 * after the history was written is not in it.
 */
function arrival(
  portfolio: PortfolioId,
  { value, context }: PortfolioSnapshot,
  actor: 'restore' | 'import',
  reason: string,
): readonly [renewal: PortfolioFact, halt: PortfolioFact] {
  const before = value.permission === 'active' ? '' : `; ${value.permission} before (${context.permissionReason})`
  return [
    { type: 'renewed', incarnation: incarnationOf(null, portfolio), reason },
    { type: 'permitted', to: 'halted', reason: `${reason}${before}`, actor },
  ]
}

function freeName(wanted: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}-${number}`
    if (!existsSync(join(name, DATA))) return name // a crash may have left an empty one
  }
}

/**
 * Adds an exported portfolio to a state directory's journal, in one transaction, renewed and halted.
 * @throws Fault `PORTFOLIO_EXISTS`, `JOURNAL_LOCKED`, `JOURNAL_CORRUPT` when replay does not give the states it attests.
 */
export async function importHistory(options: {
  readonly history: ExportedHistory
  readonly dir: string
  readonly reason: string
}): Promise<Renewed> {
  const { history, dir, reason } = options
  const { portfolio, head, entries } = history
  const { commits, snapshot } = rebuild(entries)
  const actor = new Actor(portfolio, snapshot, { seq: entries.length, hash: head })
  const now = systemClock().now()
  const [renewal, halt] = arrival(portfolio, actor.snapshot, 'import', reason)
  const { commit: renewed } = actor.stage(renewal, now, 'import', INTERNAL)
  const { commit: halted, entry } = actor.stage(halt, now, 'import', INTERNAL)
  const journal = openJournal({ dir, machineVersion: version })
  try {
    if (journal.head(portfolio).seq > 0)
      throw new Fault('PORTFOLIO_EXISTS', `the journal already has a portfolio ${portfolio}`, 'never', { portfolio })
    await journal.commit([...commits, renewed, halted])
    return { portfolio, version: entry.seq, hash: entry.hash }
  } finally {
    await journal.close()
  }
}

/** What a state directory, its lock and its journal are judged by. */
import { type Finding, fail, ok, skip, warn } from './check.js'

/** A state directory as found. */
export type DirectoryReading =
  | { readonly kind: 'absent'; readonly path: string; readonly makeable: boolean }
  | { readonly kind: 'other'; readonly path: string; readonly trouble: string }
  | {
      readonly kind: 'directory'
      readonly path: string
      /** Permission bits. */
      readonly mode: number
      /** Those of the journal in it; null when there is none. */
      readonly journalMode: number | null
      readonly owner: number
      /** The user who asks. */
      readonly asker: number
      readonly writable: boolean
    }

const OTHERS = 0o077

/** Judges the directory; whether another user's can be used is only known to that user. */
export function judgeDirectory(reading: DirectoryReading): Finding {
  const { path } = reading
  if (reading.kind === 'other') return fail(`${path}: ${reading.trouble}`, 'set state.path to a directory')
  if (reading.kind === 'absent')
    return reading.makeable
      ? ok(`${path} is not there yet: the first start makes it`)
      : warn(
          `${path} is not there and this user cannot make it`,
          'the unit makes it (StateDirectory=); by hand: install -d -m 0700 -o USER DIRECTORY',
        )
  const { mode, journalMode, owner, asker, writable } = reading
  const said = `${path}, mode ${mode.toString(8).padStart(3, '0')}, owner uid ${owner}`
  if (!writable && owner !== asker)
    return warn(`${said}: not writable by uid ${asker}`, 'ask as its owner: sudo -u ballast ballast doctor')
  if (!writable) return fail(`${said}: not writable by its owner`, `chmod 0700 ${path}; is its disk mounted read-only?`)
  if ((mode & OTHERS) !== 0 && ((journalMode ?? 0) & OTHERS) !== 0)
    return warn(`${said}: others may look into the books`, `chmod 0700 ${path}`)
  return ok(said)
}

/** Who a lock's record names. */
export interface LockHolder {
  /** 0 when it has not said. */
  readonly pid: number
  readonly host: string
  /** RFC 3339; empty when the record does not say. */
  readonly since: string
}

/** The lock of a journal as found. */
export type LockReading =
  | { readonly kind: 'free' }
  /** Held by a process that lives. */
  | ({ readonly kind: 'held' } & LockHolder)
  /** Named by a process that ended without letting go. */
  | ({ readonly kind: 'left' } & LockHolder)
  /** Named by a process of another machine, which cannot be looked up. */
  | ({ readonly kind: 'elsewhere' } & LockHolder)
  | { readonly kind: 'unreadable'; readonly trouble: string }

/** Judges the lock: a daemon that runs is as good as none. */
export function judgeLock(reading: LockReading): Finding {
  switch (reading.kind) {
    case 'free':
      return ok('free: no process holds the state')
    case 'held':
      return ok(`held by ${holderText(reading)}: a daemon runs`)
    case 'left':
      return warn(
        `stale: left by ${holderText(reading)}, which no longer runs`,
        'nothing to clear: the next start takes it over and recovers; see why it ended: journalctl -u ballast',
      )
    case 'elsewhere':
      return fail(
        `${holderText(reading)}, another machine, has not let go: nothing starts here`,
        `only when you know that it has ended, delete owner.json in the journal's directory`,
      )
    case 'unreadable':
      return fail(`cannot be read: ${reading.trouble}`, 'ask as the owner of the state directory')
  }
}

/** `pid 41 on host since 2026-01-05T…`. */
export const holderText = ({ pid, host, since }: LockHolder): string =>
  pid === 0 ? 'a process that has not said who it is' : `pid ${pid} on ${host} since ${since}`

/** A journal nobody holds, as found. */
export type JournalReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'skipped'; readonly why: string }
  | {
      readonly kind: 'open'
      readonly layout: number
      readonly heads: readonly { readonly portfolio: string; readonly seq: number }[]
    }
  /** `code` is a Fault's, such as `JOURNAL_VERSION`. */
  | { readonly kind: 'refused'; readonly code: string; readonly trouble: string }

/** Judges what can be read without going through every entry. */
export function judgeJournal(reading: JournalReading): Finding {
  switch (reading.kind) {
    case 'none':
      return ok('none yet: the first start makes it')
    case 'skipped':
      return skip(reading.why)
    case 'open': {
      const heads = reading.heads.map(({ portfolio, seq }) => `${portfolio} at ${seq}`).join(', ') || 'no portfolio yet'
      return ok(`layout ${reading.layout}; ${heads}; entries not checked, ballast journal verify does that`)
    }
    case 'refused':
      return fail(
        `${reading.code}: ${reading.trouble}`,
        reading.code === 'JOURNAL_VERSION'
          ? 'run the version of the program that wrote it'
          : 'change nothing: copy the directory, then ballast journal verify; docs/runbooks/BallastJournalVerifyFailed.md',
      )
  }
}

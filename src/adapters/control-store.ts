import { mkdirSync } from 'node:fs'
import { open } from 'lmdb'

/** A request that waits for a second person. */
export interface PendingRequest {
  /** Digest of the whole command, who asked it, and `terms`: the same for a request asked twice, another for any other. */
  readonly id: string
  readonly verb: string
  readonly subject: string
  /** The command as it came, its signature left out: JSON. */
  readonly body: string
  /** Who asked first; somebody else must confirm. */
  readonly by: string
  readonly reason: string
  /** What exactly is to be let through, such as the limits that become looser or what is booked; nothing more is. */
  readonly terms: readonly string[]
  /** Milliseconds since 1970. */
  readonly at: number
  readonly expires: number
}

/** What must be remembered of commands beside the journals: nonces that were used, requests that wait. */
export interface ControlStore {
  /** False when the nonce was used before. Resolves once its use is on disk; it may be forgotten at `forgetAt`. */
  use(nonce: string, forgetAt: number): Promise<boolean>
  pending(): readonly PendingRequest[]
  keep(request: PendingRequest): Promise<void>
  drop(id: string): Promise<void>
  /** Forgets what has run out by then. */
  forget(now: number): Promise<void>
  close(): Promise<void>
}

/** A store that remembers as long as the process lives: for a daemon without operators, whom nothing has to be kept for. */
export function transientStore(): ControlStore {
  const nonces = new Map<string, number>()
  const waiting = new Map<string, PendingRequest>()
  return {
    use: async (nonce, forgetAt) => !nonces.has(nonce) && nonces.set(nonce, forgetAt) === nonces,
    pending: () => [...waiting.values()],
    keep: async (request) => void waiting.set(request.id, request),
    drop: async (id) => void waiting.delete(id),
    forget: async (now) => {
      for (const [nonce, at] of nonces) if (at < now) nonces.delete(nonce)
    },
    close: async () => undefined,
  }
}

/**
 * Opens the store of a directory that one process owns (the journal's lock sees to that). `onFatal` is told of a write that
 * failed: the process must end then, as after a failed write of the journal.
 */
export function openControlStore(dir: string, onFatal: (error: unknown) => void): ControlStore {
  mkdirSync(dir, { recursive: true })
  // overlappingSync off: a write is acknowledged once it is on disk.
  const db = open<number | PendingRequest, string>({ path: dir, overlappingSync: false, noSubdir: false })
  const under = new Set<string>()
  let closed = false
  /** Resolves once a write is on disk. */
  const durable = async (write: Promise<unknown>): Promise<void> => {
    try {
      await write
      await db.flushed
    } catch (error) {
      if (!closed) onFatal(error)
      throw error
    }
  }
  const rows = (prefix: string) => [...db.getRange({ start: prefix, end: `${prefix}\uffff` })]
  return {
    async use(nonce, forgetAt) {
      const key = `nonce/${nonce}`
      if (under.has(key) || db.get(key) !== undefined) return false
      under.add(key)
      try {
        await durable(db.put(key, forgetAt))
      } finally {
        under.delete(key)
      }
      return true
    },
    pending: () => rows('pending/').map(({ value }) => value as PendingRequest),
    keep: (request) => durable(db.put(`pending/${request.id}`, request)),
    drop: (id) => durable(db.remove(`pending/${id}`)),
    async forget(now) {
      const old = [
        ...rows('nonce/').filter(({ value }) => (value as number) < now),
        ...rows('pending/').filter(({ value }) => (value as PendingRequest).expires < now),
      ]
      await durable(Promise.all(old.map(({ key }) => db.remove(key))))
    },
    close: () => {
      closed = true
      return db.close()
    },
  }
}

import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Fault } from '#units/fault.js'
import { mayNotWrite } from './gate.js'

/** Where a header keeps what: 24 bytes into its page. Source: `MDB_page`, `MDB_meta` of LMDB's mdb.c, layout 2. */
const AT = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152, end: 160 } as const
const MAGIC = 0xbeefc0de
const LARGEST_PAGE = 65_536
/** Pages at the end that LMDB may leave unwritten, since they were freed again in the transaction that took them. */
const UNWRITTEN_PAGES = 256

/**
 * Looks at the data file before LMDB does, which ends the process (SIGSEGV, SIGBUS) over a damaged header or a file
 * that is too short. Pages that LMDB left unwritten come into being, so that no read can reach past the end; they are
 * appended, which takes nothing from a process that writes meanwhile. Returns whether anything was written to it yet.
 *
 * @throws Fault `JOURNAL_CORRUPT` (never).
 */
export function checkFile(path: string): boolean {
  const handle = openSync(path, 'r')
  try {
    const { size } = fstatSync(handle)
    if (size === 0) return false
    const first = headerAt(handle, 0)
    const second = first && headerAt(handle, first.pageSize)
    if (first === undefined || second === undefined) throw damaged(path, 'its header is not one of a journal')
    const { lastPage, pageSize } = first.transaction > second.transaction ? first : second
    const whole = (lastPage + 1) * pageSize
    if (size < whole - UNWRITTEN_PAGES * pageSize) throw damaged(path, `it is cut off: ${size} bytes of ${whole}`)
    if (size < whole) append(path, Buffer.alloc(whole - size))
    return true
  } finally {
    closeSync(handle)
  }
}

function append(path: string, bytes: Buffer): void {
  try {
    appendFileSync(path, bytes)
  } catch (error) {
    // who may only read goes without
    if (!mayNotWrite(error)) throw error
  }
}

/** The same functions; what LMDB says in any of them becomes a Fault, as {@link toldDamage} has it. */
export function tellingDamage<T extends object>(path: string, functions: T): T {
  const told = Object.entries(functions).map(([name, ask]: [string, (...args: unknown[]) => unknown]) => [
    name,
    (...args: unknown[]): unknown => {
      try {
        return ask(...args)
      } catch (error) {
        throw toldDamage(path, error)
      }
    },
  ])
  return Object.fromEntries(told) as T
}

/** What LMDB says of a file that is not what it wrote: a page missing, of another kind, no LMDB file or of another layout. */
const DAMAGE: ReadonlySet<unknown> = new Set([-30_797, -30_796, -30_794, -30_793])

/**
 * An error of LMDB's own as a Fault: `JOURNAL_CORRUPT` where it tells of damage, else `JOURNAL_UNREADABLE`: too many readers
 * or a full map is no reason to restore a backup. Other errors stay what they are.
 */
export function toldDamage(path: string, error: unknown): unknown {
  const { code } = error as { readonly code?: unknown }
  if (DAMAGE.has(code)) return damaged(path, String(error))
  if (typeof code !== 'number' || code > -30_000) return error
  return new Fault('JOURNAL_UNREADABLE', `${path} cannot be read: ${String(error)}`, 'never', { path, code })
}

interface Header {
  readonly pageSize: number
  readonly lastPage: number
  readonly transaction: bigint
}

function headerAt(handle: number, position: number): Header | undefined {
  const bytes = Buffer.alloc(AT.end)
  if (readSync(handle, bytes, 0, AT.end, position) < AT.end || bytes.readUInt32LE(AT.magic) !== MAGIC) return undefined
  const pageSize = bytes.readUInt32LE(AT.pageSize)
  if (pageSize < AT.end || pageSize > LARGEST_PAGE) return undefined
  const lastPage = Number(bytes.readBigUInt64LE(AT.lastPage))
  return { pageSize, lastPage, transaction: bytes.readBigUInt64LE(AT.transaction) }
}

const damaged = (path: string, problem: string): Fault =>
  new Fault('JOURNAL_CORRUPT', `${path} is damaged: ${problem}; restore a backup`, 'never', { path })

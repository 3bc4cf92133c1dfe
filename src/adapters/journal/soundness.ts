import { appendFileSync, closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { Fault } from '#units/fault.js'

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
    if (!['EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/** The same functions; what LMDB says of a damaged page in any of them becomes a Fault `JOURNAL_CORRUPT`. */
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

/** LMDB's own errors, by their numbers, all say that the file is not what it wrote: a Fault `JOURNAL_CORRUPT` instead. */
export function toldDamage(path: string, error: unknown): unknown {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'number' && code >= -30_799 && code <= -30_779 ? damaged(path, String(error)) : error
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

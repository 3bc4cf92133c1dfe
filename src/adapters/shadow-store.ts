import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { SHADOW_VERSION, type ShadowRecord } from '#domain/shadow/record.js'
import type { ShadowStore } from '#ports/shadow-store.js'
import type { PortfolioId } from '#units/ids.js'

/** Records read between two turns of the event loop. */
const AT_ONCE = 16

/**
 * Records in a directory, a file of JSON lines for each portfolio, the newest `keep` of each. A file grows to twice as many
 * and is then written anew beside itself and put in its place. A line that a kill or a full disk has cut short is left
 * out and mended by the next one. Files rather than a database: a write that fails is an error here and nothing else, and
 * whoever reads needs no lock. See ADR 0036.
 */
export function shadowStore(dir: string, keep: number): ShadowStore {
  const lines = new Map<PortfolioId, number>()
  let last: Promise<unknown> = Promise.resolve()
  const fileOf = (portfolio: PortfolioId): string => join(dir, `${portfolio}.jsonl`)

  const rewritten = async (portfolio: PortfolioId, records: readonly ShadowRecord[]): Promise<number> => {
    const file = fileOf(portfolio)
    await writeFile(`${file}.new`, records.map(lineOf).join(''))
    await rename(`${file}.new`, file)
    return records.length
  }

  const opened = async (portfolio: PortfolioId): Promise<number> => {
    await mkdir(dir, { recursive: true })
    const { records, sound } = await parsed(fileOf(portfolio))
    return sound ? records.length : rewritten(portfolio, records)
  }

  const write = async (record: ShadowRecord): Promise<void> => {
    const { portfolio } = record
    const before = lines.get(portfolio) ?? (await opened(portfolio))
    lines.delete(portfolio) // a write that fails may have left half a line: the next one looks
    await appendFile(fileOf(portfolio), lineOf(record))
    const now = before + 1
    const full = now >= 2 * keep
    lines.set(
      portfolio,
      full ? await rewritten(portfolio, (await parsed(fileOf(portfolio))).records.slice(-keep)) : now,
    )
  }

  return {
    append(record) {
      const written = last.then(() => write(record))
      last = written.catch(() => undefined)
      return written
    },
    read: async (portfolio) => (await parsed(fileOf(portfolio))).records.slice(-keep),
  }
}

const lineOf = (record: ShadowRecord): string => `${JSON.stringify(record)}\n`

/** The records of a file, none when there is no file; `sound` when every line of it is one. */
async function parsed(file: string): Promise<{ readonly records: readonly ShadowRecord[]; readonly sound: boolean }> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const records: ShadowRecord[] = []
  const rows = text.split('\n')
  let sound = rows.pop() === ''
  for (const [index, row] of rows.entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await turn()
    const record = recordIn(row)
    if (record === null) sound = false
    else records.push(record)
  }
  return { records, sound }
}

/** The record of a line; null when it is none, or one of another version. */
function recordIn(row: string): ShadowRecord | null {
  try {
    const value = JSON.parse(row) as Partial<ShadowRecord> | null
    return value?.v === SHADOW_VERSION ? (value as ShadowRecord) : null
  } catch {
    return null
  }
}

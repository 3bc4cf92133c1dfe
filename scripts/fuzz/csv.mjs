// The readers of price and return files on broken tables.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPriceCsv } from '../../dist/src/adapters/feed/csv.js'
import { readCsvTable } from '../../dist/src/adapters/feed/csv-table.js'
import { returnsIn } from '../../dist/src/adapters/feed/returns.js'
import { scratched } from './random.mjs'

const WIDE = 'Date,AAA,BBB\n2026-01-02,10.5,20\n2026-01-05,11,\n2026-01-06,10.75,20.125\n'
const LONG = 'symbol,date,price\nAAA,2026-01-02,10.5\nBBB,2026-01-02,20\nAAA,2026-01-05,11\n'
const RETURNS = 'date,AAA,BBB\n2026-01-02,0.01,-0.02\n2026-01-05,0,1e-3\n'

const isPrice = (close) => /^\d+(\.\d+)?$/.test(close) && /[1-9]/.test(close)

function pricesFault({ sessions, instruments }) {
  for (const [at, { session, closes }] of sessions.entries()) {
    if (at > 0 && session <= sessions[at - 1].session) return `session ${session} is out of order`
    if (!/^\d{4}-\d\d-\d\d$/.test(session)) return `session ${session} is no date`
    for (const [name, close] of Object.entries(closes))
      if (!instruments.includes(name) || !isPrice(close)) return `${name} is priced ${close}`
  }
  return null
}

function returnsFault({ names, rows, columns, returns, labels }) {
  if (returns.length !== rows * columns || names.length !== columns || labels.length !== rows) return 'sizes differ'
  return returns.every(Number.isFinite) ? null : 'a return is no number'
}

const kinds = [
  { name: 'wide prices', sample: WIDE, read: readPriceCsv, fault: pricesFault },
  { name: 'long prices', sample: LONG, read: readPriceCsv, fault: pricesFault },
  { name: 'returns', sample: RETURNS, read: (path) => returnsIn(readCsvTable(path)), fault: returnsFault },
]

/** Gives the readers broken files, every kind in turn. */
export function fuzzCsv(random, count) {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-fuzz-'))
  const file = join(folder, 'table.csv')
  const tally = { files: count, accepted: 0, faults: [] }
  try {
    for (let n = 0; n < count; n += 1) {
      const kind = kinds[n % kinds.length]
      let body = kind.sample
      for (let times = 1 + random.below(4); times > 0; times -= 1) body = scratched(random, body)
      writeFileSync(file, body)
      let fault = null
      try {
        fault = kind.fault(kind.read(file))
        tally.accepted += 1
      } catch (error) {
        if (error.name !== 'Fault') fault = `threw ${error.stack}`
      }
      if (fault !== null && tally.faults.length < 20) tally.faults.push({ target: kind.name, body, fault })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return tally
}

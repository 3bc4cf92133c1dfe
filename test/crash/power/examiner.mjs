// Opens images of a power loss as the daemon would after the power is back, each in its own folder `n` with what had been
// acknowledged beside it: it must open, every chain verify and recover, every acknowledged entry be there with its execution and
// dedupe key, and it must take another commit. Says one line an image. A process of its own: a broken image may end it.
import { readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openJournal } from '../../../dist/src/adapters/journal/lmdb.js'
import { seal } from '../../../dist/src/domain/portfolio/entry.js'

const [dir, from, to] = process.argv.slice(2)

/** The entry after a head, and nothing else. */
function commitAfter(portfolio, { seq: last, hash }) {
  const seq = last + 1
  const event = { type: 'permitted', to: 'active', reason: '', actor: 'test', seq, at: 0, cause: 'power is back' }
  const entry = seal({ v: 1, portfolio, seq, at: 0, epoch: 1, event, effects: [], stateHash: '0' }, hash)
  const nothing = { outboxPut: [], outboxRemove: [], timersPut: [], timersRemove: [], inboxPut: [] }
  return { ...nothing, entry, snapshot: null, run: null, execution: null }
}

/** What acknowledged work is missing; undefined when none is. */
function missing(journal, acked) {
  for (const [portfolio, seq] of Object.entries(acked)) {
    const head = journal.head(portfolio)
    if (head.seq < seq) return `${portfolio} is at ${head.seq}, acknowledged was ${seq}`
    const executions = journal.executions(portfolio)
    if (executions.length !== head.seq) return `${portfolio} has ${executions.length} executions at ${head.seq}`
    const again = executions.find(({ id }) => journal.inbox(portfolio, `exec:${id}`) === undefined)
    if (again !== undefined) return `${portfolio} would book ${again.id} again`
  }
  return undefined
}

async function examine(folder) {
  const acked = JSON.parse(readFileSync(join(folder, 'acked.json'), 'utf8'))
  const journal = openJournal({ dir: folder, mapSize: 16 * 1024 * 1024 })
  try {
    const why = missing(journal, acked)
    if (why !== undefined) return { kind: 'lost', why }
    for (const portfolio of journal.portfolios()) {
      const found = journal.verify(portfolio)
      if (!found.ok) return { kind: 'corrupt', why: found.message }
      journal.recover(portfolio)
      await journal.commit([commitAfter(portfolio, journal.head(portfolio))])
    }
    return { kind: 'whole', why: '' }
  } finally {
    await journal.close()
  }
}

for (let number = Number(from); number < Number(to); number += 1) {
  const finding = await examine(join(dir, String(number))).catch((error) => ({ kind: 'corrupt', why: String(error) }))
  writeSync(1, `${JSON.stringify(finding)}\n`)
}

// What the recorded process does: opens the journal, then commits groups of entries of three portfolios, with all that
// can come with them, some of it large; after each commit that is acknowledged it notes how far each portfolio has come.
// Then it is gone as in a power loss: nothing is closed.
import { openSync, writeSync } from 'node:fs'
import { openJournal } from '../../../dist/src/adapters/journal/lmdb.js'
import { ENTRY_VERSION, GENESIS, seal } from '../../../dist/src/domain/portfolio/entry.js'
import { stateHashOf } from '../../../dist/src/domain/portfolio/state-hash.js'
import { encode } from '../../../dist/src/units/canonical.js'
import { digest } from '../../../dist/src/units/digest.js'
import { money, price, quantity } from '../../../dist/src/units/money.js'

const [dir, commits, seed] = process.argv.slice(2)
const log = openSync(process.env.POWER_LOG, 'a')
const heads = {}
let state = Number(seed)

function drawn(limit) {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
  return Math.floor((state / 2_147_483_648) * limit)
}

function acknowledge() {
  const acked = Object.fromEntries(Object.entries(heads).map(([portfolio, { seq }]) => [portfolio, seq]))
  const text = Buffer.from(JSON.stringify(acked))
  const head = Buffer.alloc(16)
  head.write('A')
  head.writeUInt32LE(text.length, 4)
  writeSync(log, Buffer.concat([head, text]))
}

function next(portfolio) {
  const { seq: last, hash } = heads[portfolio] ?? { seq: 0, hash: GENESIS }
  const seq = last + 1
  const at = 1_767_623_400_000 + seq
  const execution = {
    id: `X-${portfolio}-${seq}`,
    orderId: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    instrument: 'MSFT',
    side: 'buy',
    quantity: quantity('1.5'),
    price: price('412.33'),
    fee: money('0.35'),
    at,
    session: '2026-01-05',
    venue: 'x'.repeat(drawn(8) === 0 ? 9_000 : drawn(600)),
  }
  const snapshot = seq % 4 === 0 ? { seq, text: encode({ seq, part: { rest: 'y'.repeat(drawn(6_000)) } }) } : null
  const event = { type: 'filled', execution, seq, at, cause: 'power' }
  const stateHash = stateHashOf(snapshot?.text ?? encode({ seq }), ENTRY_VERSION)
  const entry = seal({ v: ENTRY_VERSION, portfolio, seq, at, epoch: 1, event, effects: [], stateHash }, hash)
  heads[portfolio] = entry
  const row = { key: `submit:${seq}`, effect: { type: 'observe', request: String(seq) } }
  return {
    entry,
    outboxPut: [row],
    outboxRemove: seq > 3 ? [`submit:${seq - 3}`] : [],
    timersPut: [{ timer: `fill:${seq % 5}`, at }],
    timersRemove: [`fill:${(seq + 2) % 5}`],
    inboxPut: [{ key: `exec:${execution.id}`, digest: digest(encode(execution)) }],
    snapshot,
    run: drawn(3) === 0 ? { id: `R-${seq}`, number: seq, portfolio, status: 'COMPLETED' } : null,
    execution,
  }
}

const journal = openJournal({ dir })
acknowledge()
for (let made = 0; made < Number(commits); made += 1) {
  const group = ['core', 'core-2', 'c']
    .slice(0, 1 + drawn(3))
    .flatMap((name) => Array.from({ length: 1 + drawn(3) }, () => name))
  await journal.commit(group.map(next))
  acknowledge()
}
process.kill(process.pid, 'SIGKILL')

// What an idle portfolio takes in memory: an actor as the host holds it, for portfolios of few and of many holdings, after a
// restart, after a step, and what its metrics and its row in the screen take beside it. node --expose-gc actors.mjs NAMES COUNT prints one JSON line.

import { prometheusMetrics } from '../../dist/src/adapters/metrics/prometheus.js'
import { measuring } from '../../dist/src/daemon/measure.js'
import { Actor } from '../../dist/src/runtime/actor.js'
import { restore, textOf } from '../../dist/src/runtime/image.js'
import { Screen } from '../../dist/src/runtime/screen/screen.js'
import { money, price, quantity } from '../../dist/src/units/money.js'
import { instant } from '../../dist/src/units/time.js'
import { AT, instrumentsOf, policyOf, SESSION, specOf, viewOf } from './books.mjs'

const [names, count] = process.argv.slice(2).map(Number)
const INTERNAL = { answers: [], inbox: null }
const universe = instrumentsOf(names)
const view = viewOf(Object.fromEntries(universe.map((name) => [name, '100'])))
const marked = { type: 'marked', view: { ...view, session: '2026-09-11' } }

/** The state of a portfolio that holds each name once, by its own events, and is at its targets. */
function heldState() {
  const actor = new Actor('PROTOTYPE')
  const stage = (fact) => actor.stage(fact, instant(AT), 'bench', INTERNAL)
  stage({ type: 'created', policy: policyOf('PROTOTYPE', universe.map(specOf)), incarnation: 'incarnation1' })
  stage({ type: 'deposited', amount: money('1000000'), view })
  for (const [at, instrument] of universe.entries())
    stage({
      type: 'filled',
      execution: {
        id: `E${at}`,
        orderId: 'A'.repeat(26),
        instrument,
        side: 'buy',
        quantity: quantity(String(50 + at)),
        price: price('100'),
        fee: money('0'),
        at: instant(AT),
        session: SESSION,
        venue: 'paper',
      },
    })
  stage({ type: 'marked', view })
  const { value, context } = actor.snapshot
  const weights = Object.fromEntries(universe.map((name) => [name, 0.99 / names]))
  return { snapshot: { value, context: { ...context, effective: { weights, cash: 0.01 } } }, seq: actor.version }
}

const { snapshot, seq } = heldState()
const text = textOf(snapshot)
const used = () => {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

const actors = []
actors.length = count
const before = used()
for (let at = 0; at < count; at += 1) {
  const id = `P${String(at).padStart(8, '0')}`
  actors[at] = new Actor(id, restore(text.replaceAll('PROTOTYPE', id)), { seq, hash: 'f'.repeat(64) }, seq)
}
const restored = used()
const step = (actor) => actor.stage(marked, instant(AT + 1000), 'bench', INTERNAL)
for (let round = 0; round < 3; round += 1) for (const actor of actors) step(actor)
const stepped = used()
const measured = prometheusMetrics({ portfolios: actors.map(({ id }) => id), processMetrics: false })
const measure = measuring(measured)
for (const actor of actors) measure(step(actor))
const told = used()
const screen = new Screen()
screen.look(view)
for (const actor of actors) screen.known(actor.id, actor.snapshot.context)
const screened = used()
const each = (bytes, since) => Math.round((bytes - since) / count)
const result = { names, count, text: text.length, restored: each(restored, before), stepped: each(stepped, before) }
Object.assign(result, { metrics: each(told, stepped), screen: each(screened, told) })
console.log(JSON.stringify(result))
if (measured === undefined || screen === undefined) throw new Error('kept until here')

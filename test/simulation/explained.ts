import { explainOrder } from '#domain/explain/order.js'
import { orderText } from '#domain/explain/text.js'
import type { Run } from '#domain/run.js'
import type { PortfolioId } from '#units/ids.js'
import type { World } from './world.js'

/** What every order is explained by, in this order. */
const HEADINGS = ['Trigger', 'Targets', 'Rules', 'Sizing', 'Release', 'Fills', 'Cost', 'Outcome']

/** What an explanation must never hold: a value that was not there. */
const NOTHING = /undefined|NaN|\[object/

/** Every order of every run is explained from its trigger to its fills. */
export function explained({ image, witness, daemon }: World, portfolio: PortfolioId): void {
  const latest = daemon?.engine.host.snapshot(portfolio)?.context.run ?? null
  const filed = image.reader.runs(portfolio).filter(({ id }) => id !== latest?.id)
  for (const run of latest === null ? filed : [...filed, latest])
    for (const why of unexplained(run)) witness.broken('explain', `${portfolio} ${run.id}: ${why}`)
}

function unexplained(run: Run): readonly string[] {
  return Object.values(run.orders).flatMap(({ id, body, cumulative }) => {
    const found = explainOrder(run, id)
    if (!found.ok) return [found.refusal.message]
    const { trigger, leg, fills, quantity } = found.value
    const text = orderText(found.value)
    const told = new Set(text.map(({ heading }) => heading))
    const needed = run.approval === undefined ? HEADINGS : [...HEADINGS, 'Approval']
    const missing = needed.filter((heading) => !told.has(heading))
    const lines = text.flatMap(({ lines: rows }) => rows).join('\n')
    return [
      ...missing.map((heading) => `order ${id} is explained without ${heading}`),
      ...(NOTHING.test(lines) ? [`order ${id} is explained with a value that is not there`] : []),
      ...(trigger.why === run.trigger.why && trigger.why !== '' ? [] : [`order ${id} is explained by another trigger`]),
      ...(leg.leg === body.leg ? [] : [`order ${id} of ${body.leg} is explained by ${leg.leg}`]),
      ...(quantity === body.quantity.toFixed() && fills.cumulative === cumulative.toFixed()
        ? []
        : [`order ${id} is explained with other quantities`]),
    ]
  })
}

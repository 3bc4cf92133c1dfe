import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { analyseDrift } from '#domain/drift.js'
import { fixed } from '#domain/targets/fixed.js'
import { due } from '#domain/trigger.js'
import { onCommitted } from '#domain/trigger-memory.js'
import { instrumentId } from '#units/ids.js'
import { money } from '#units/money.js'
import { later, sessionDate } from '#units/time.js'
import { byId } from './targets/fixtures.js'
import { calm, type Given, market, NOW, portfolio } from './trigger/fixtures.js'

const FILE = fileURLToPath(new URL('../../../../shared/data/expected/alpaca_rebalance_semantics.json', import.meta.url))
const absent = !existsSync(FILE)

interface Example {
  readonly target: number
  readonly weight: number
  readonly band: number
  readonly type: 'absolute' | 'relative'
}

/** Whether a holding of this weight is past its band, and the same with the weight a little nearer to its target. */
function breaches({ target, weight, band, type }: Example): readonly [boolean, boolean] {
  const nearer = weight - Math.sign(weight - target) * 1e-6
  const [at, inside] = [weight, nearer].map((held) => {
    const valuation = {
      equity: money('100'),
      cash: money('0'),
      values: byId({ A: money(String(held * 100)) }),
      weights: byId({ A: held }),
      cashWeight: 1 - held,
      frozen: [],
      unpriced: [],
    }
    const policy = { type, band, relativeFloor: 0.01, perInstrument: {}, includeCash: false }
    return analyseDrift(valuation, { weights: byId({ A: target }), cash: 1 - target }, policy).breaches.length > 0
  })
  return [at!, inside!]
}

describe.skipIf(absent)('rebalancing as a broker publishes it (skipped without its reference data)', () => {
  const { examples, facts } = absent
    ? { examples: [], facts: [] }
    : (JSON.parse(readFileSync(FILE, 'utf8')) as { examples: readonly Example[]; facts: readonly string[] })

  it('is at its band, and only at its band, in every published example', () => {
    expect(examples.length).toBeGreaterThan(1)
    for (const example of examples) expect(breaches(example), JSON.stringify(example)).toEqual([true, false])
  })

  it('has weights, cash among them, that sum to 100 %', () => {
    expect(facts).toContainEqual(expect.stringContaining('sum to 100%'))
    expect(fixed.schema.safeParse({ weights: { A: 0.6, B: 0.3 }, cash: 0.1 }).success).toBe(true)
    for (const cash of [0.09, 0.11])
      expect(fixed.schema.safeParse({ weights: { A: 0.6, B: 0.3 }, cash }).success).toBe(false)
  })
})

describe.skipIf(absent)('the other facts a broker publishes (skipped without its reference data)', () => {
  const { facts } = absent
    ? { facts: [] }
    : (JSON.parse(readFileSync(FILE, 'utf8')) as { readonly facts: readonly string[] })
  const drifted = { shares: { GOOG: '500', MSFT: '400' }, cash: '100' } as const
  const codes = (given: Given, view = market()) => due(portfolio(given), view).blocked.map(({ code }) => code)

  it('a condition that is met waits for the cooldown, which counts calendar days after a run', () => {
    expect(facts).toContainEqual(expect.stringContaining('any condition met AND cooldown elapsed'))
    expect(facts).toContainEqual(expect.stringContaining('calendar days after a rebalancing'))
    const after = (day: string) => onCommitted(calm, sessionDate(day), 7)
    // TODAY is 2008-09-10, a Wednesday: seven days, a weekend among them, after the 3rd and not after the 4th.
    expect(due(portfolio({ ...drifted, memory: after('2008-09-03') }), market()).trigger?.kind).toBe('drift')
    expect(codes({ ...drifted, memory: after('2008-09-04') })).toEqual(['cooldown'])
  })

  it('a portfolio needs adjustment when an asset becomes unusable', () => {
    expect(facts).toContainEqual(expect.stringContaining('needs_adjustment when an asset becomes unusable'))
    const view = market()
    const id = instrumentId('MSFT')
    const quote = { ...view.quotes[id]!, at: later(NOW, -8 * 86_400_000), sessionsOld: 6 }
    expect(codes(drifted, { ...view, quotes: { ...view.quotes, [id]: quote } })).toEqual(['needs_adjustment'])
  })
})

describe('the examples of the design', () => {
  it.each<Example>([
    { target: 0.25, weight: 0.3, band: 0.05, type: 'absolute' },
    { target: 0.25, weight: 0.2625, band: 0.05, type: 'relative' },
  ])('are at their band: $type $weight against $target', (example) => {
    expect(breaches(example)).toEqual([true, false])
  })
})

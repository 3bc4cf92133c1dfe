import { describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { sessionMarket } from '#daemon/session-market.js'
import type { InfeasiblePolicy, OptimiserPolicy } from '#domain/policy.js'
import { freshMemory } from '#domain/portfolio/state.js'
import type { TargetsAnswer } from '#domain/run.js'
import type { TargetSet, Weights } from '#domain/targets/target-set.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Metrics } from '#ports/metrics.js'
import { targeting } from '#runtime/targeting.js'
import { history, policyOf, SYMBOLS } from '../domain/explain/runs.js'

/** A book and limits that no portfolio of five names meets, and what is to come of it. */
interface Crafted {
  readonly held?: Weights
  readonly bounds?: Partial<OptimiserPolicy['bounds']>
  readonly turnover?: number
  readonly infeasible?: InfeasiblePolicy
  readonly previous?: TargetSet | null
}

const counted: string[] = []
const metrics: Metrics = {
  count: (name, labels) => {
    if (name === 'ballast_limits_conflict_total') counted.push(String(labels?.rung))
  },
  gauge: () => undefined,
  observe: () => undefined,
}

const market = sessionMarket(history)
for (const bars of history.sessions) market.advance(bars)
const clock = virtualClock(history.sessions.at(-1)!.at)
const answerTo = targeting({ market, solver: nativeSolver(), clock, metrics })

function weights(values: readonly number[]): Weights {
  return Object.fromEntries(values.map((value, k) => [SYMBOLS[k]!, value]))
}

async function answerOf({ held = {}, bounds, turnover, infeasible, previous = null }: Crafted): Promise<TargetsAnswer> {
  const { optimiser: usual } = policyOf('crafted', {})
  const optimiser: OptimiserPolicy = {
    ...usual,
    bounds: { ...usual.bounds, ...bounds },
    turnover: turnover ?? null,
    ...(infeasible && { infeasible }),
  }
  const policy = policyOf('crafted', { optimiser })
  return await answerTo(
    { context: { policy, effective: previous, run: null, memory: freshMemory } } as PortfolioSnapshot,
    held,
  )
}

const CASH = 'the cash range'
const TURNOVER = 'the turnover limit'
const boundsOf = (name: string) => `the weight bounds of ${name}`

describe('limits that no portfolio meets together', () => {
  it('keep more cash, no more than it takes, when the highest weights do not add up', async () => {
    const answer = await answerOf({ bounds: { max: 0.15, cash: [0.01, 0.1] } })
    expect(answer.evidence.ladder).toMatchObject({
      rung: 'relaxed',
      relaxed: [expect.stringMatching(/^the most cash from 10.00 % to 2\d/)],
    })
    expect(answer.evidence.ladder?.conflict).toEqual([CASH, ...SYMBOLS.map(boundsOf)])
    if (answer.kind !== 'targets') return expect.fail(answer.reason)
    expect(answer.targets.cash).toBeGreaterThanOrEqual(0.25 - 1e-9)
    expect(answer.targets.cash).toBeLessThan(0.25 + 0.9 / 64 + 1e-9)
    expect(Math.max(...Object.values(answer.targets.weights))).toBeLessThanOrEqual(0.15 + 1e-9)
  })

  it('let lowest weights go, and only those, when they are more than there is', async () => {
    const answer = await answerOf({ bounds: { min: 0.22, max: 0.5, cash: [0.05, 0.1] } })
    const relaxed = [expect.stringMatching(/^the lowest weights by 1\d\.\d+ % of each$/)]
    expect(answer.evidence.ladder).toMatchObject({ rung: 'relaxed', relaxed })
    if (answer.kind !== 'targets') return expect.fail(answer.reason)
    expect(Math.min(...Object.values(answer.targets.weights))).toBeGreaterThan(0.22 * 0.85)
    expect(answer.targets.cash).toBeGreaterThanOrEqual(0.05 - 1e-6)
    expect(answer.targets.cash).toBeLessThanOrEqual(0.1 + 1e-6)
  })

  const trading: InfeasiblePolicy = { relax: ['cash', 'minimum', 'turnover'], otherwise: 'previous' }

  it('trade more than the turnover limit where the policy says so, when a position is far beyond its highest weight', async () => {
    const held = weights([0.6, 0.1, 0.1, 0.1, 0.05])
    const answer = await answerOf({ held, bounds: { max: 0.3 }, turnover: 0.1, infeasible: trading })
    expect(answer.evidence.ladder?.conflict).toEqual(expect.arrayContaining([TURNOVER, boundsOf('AAA')]))
    expect(answer.evidence.ladder?.relaxed).toEqual([expect.stringMatching(/^the turnover limit from 10.00 % to 3\d/)])
    if (answer.kind !== 'targets') return expect.fail(answer.reason)
    const sold = Object.entries(held).reduce(
      (sum, [id, w]) => sum + Math.max(0, w - (answer.targets.weights[id as never] ?? 0)),
      0,
    )
    expect(sold).toBeGreaterThanOrEqual(0.3 - 1e-9)
    expect(sold).toBeLessThan(0.3 + 1.9 / 64 + 1e-6)
  })

  it('never trade more than the turnover limit where the policy does not say so', async () => {
    const answer = await answerOf({ held: weights([0.6, 0.1, 0.1, 0.1, 0.05]), bounds: { max: 0.3 }, turnover: 0.1 })
    expect(answer).toMatchObject({ kind: 'hold', evidence: { ladder: { rung: 'hold', relaxed: [] } } })
  })

  it('relax one limit after the other when one is not enough', async () => {
    // The lowest weights are beyond the turnover that buys them, and the highest do not add up.
    const held = weights([0.1, 0, 0, 0, 0])
    const answer = await answerOf({
      held,
      bounds: { min: 0.1, max: 0.15, cash: [0.01, 0.1] },
      turnover: 0.2,
      infeasible: trading,
    })
    expect(answer.evidence.ladder?.rung).toBe('relaxed')
    expect(answer.evidence.ladder?.relaxed.length).toBeGreaterThan(1)
    if (answer.kind !== 'targets') return expect.fail(answer.reason)
    expect(Math.max(...Object.values(answer.targets.weights))).toBeLessThanOrEqual(0.15 + 1e-9)
  })

  const tight = { max: 0.15, cash: [0.01, 0.1] } as const
  const fitting: TargetSet = { weights: weights([0.15, 0.15, 0.15, 0.15, 0.1]), cash: 0.3 }

  it('go back to earlier targets when nothing may be relaxed', async () => {
    const infeasible: InfeasiblePolicy = { relax: [], otherwise: 'previous' }
    const answer = await answerOf({ bounds: tight, infeasible, previous: fitting })
    expect(answer).toMatchObject({ kind: 'targets', targets: fitting, evidence: { status: 'INFEASIBLE' } })
    expect(answer.evidence.ladder).toMatchObject({ rung: 'previous', relaxed: [] })
  })

  it('go back to earlier targets when what may be relaxed is not in the conflict', async () => {
    const infeasible: InfeasiblePolicy = { relax: ['turnover'], otherwise: 'previous' }
    const answer = await answerOf({
      held: weights([0.2, 0.2, 0.2, 0.2, 0.1]),
      bounds: tight,
      infeasible,
      turnover: 0.9,
      previous: fitting,
    })
    expect(answer.evidence.ladder?.rung).toBe('previous')
  })

  it('hold, and say why, when the earlier targets do not fit or there are none', async () => {
    const infeasible: InfeasiblePolicy = { relax: [], otherwise: 'previous' }
    const beyond = await answerOf({
      bounds: tight,
      infeasible,
      previous: { weights: weights([0.19, 0.19, 0.19, 0.19, 0.19]), cash: 0.05 },
    })
    expect(beyond).toMatchObject({ kind: 'hold', evidence: { ladder: { rung: 'hold' } } })
    expect(beyond.kind === 'hold' && beyond.reason).toMatch(
      /^no portfolio meets these limits together: the cash range, .*; the earlier targets have 19.00 % AAA, outside its bounds$/,
    )
    const none = await answerOf({ bounds: tight, infeasible })
    expect(none.kind === 'hold' && none.reason).toMatch(/; there are no earlier targets$/)
  })

  it('hold at once when the policy says so, whatever there was', async () => {
    const answer = await answerOf({ bounds: tight, infeasible: { relax: [], otherwise: 'hold' }, previous: fitting })
    expect(answer).toMatchObject({ kind: 'hold', evidence: { ladder: { rung: 'hold' } } })
  })

  it('count every conflict by its rung', async () => {
    counted.length = 0
    await answerOf({ bounds: tight })
    await answerOf({ bounds: tight, infeasible: { relax: [], otherwise: 'hold' } })
    await answerOf({})
    expect(counted).toEqual(['relaxed', 'hold'])
  })
})

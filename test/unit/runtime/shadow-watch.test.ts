import { describe, expect, it, onTestFinished } from 'vitest'
import { nativeSolver } from '#adapters/solver/native.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { ShadowRecord } from '#domain/shadow/record.js'
import { NO_PRICE_YET, scenarioSet } from '#domain/targets/scenarios.js'
import { silentLog } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { Labels, Metrics } from '#ports/metrics.js'
import { ShadowWatch } from '#runtime/shadow-watch.js'
import { instrumentId, type PortfolioId } from '#units/ids.js'
import { money } from '#units/money.js'
import { later } from '#units/time.js'
import { SESSION, START, targets, viewAt } from '../../machine/fixtures.js'
import { simulatedPrices } from '../../support/prices.js'
import { tempDir } from '../../support/temp-dir.js'
import { answering, CORE, created, deposit, OTHER, openHost, policyFor } from './fixtures.js'

/** What risk is estimated from; its prices are no part of any plan. */
const history = simulatedPrices({ seed: 3, instruments: ['AAA', 'BBB', 'CCC'], sessions: 60 })

const fixed = (weights: Readonly<Record<string, number>>): PortfolioPolicy['targets'] => ({
  ...{ name: 'fixed', params: { weights }, cashReserve: 0, minWeight: 0 },
})
const windowOf = ({ universe, optimiser: { scenarios } }: PortfolioPolicy) => ({
  instruments: universe.map(({ id }) => id),
  ...scenarios,
})
const candidateFor = (id: PortfolioId): PortfolioPolicy => policyFor(id, { targets: fixed({ AAA: 0.3, CCC: 0.2 }) })

/** A market whose sessions grow, a store that can be held up, and a host whose steps are followed. */
function watched(candidate: (id: PortfolioId) => PortfolioPolicy | null = candidateFor) {
  const hosted = openHost(tempDir())
  const kept: ShadowRecord[] = []
  const counted: Labels[] = []
  const gauged: number[] = []
  const metrics: Metrics = {
    count: (name, labels = {}) => name === 'ballast_shadow_runs_total' && counted.push(labels),
    gauge: (name, value) => name === 'ballast_shadow_turnover_difference_ratio' && gauged.push(value),
    observe: () => undefined,
  }
  let open: () => void = () => undefined
  const world: { sessions: readonly SessionBars[] } = { sessions: history.sessions }
  const gate = { held: Promise.resolve() }
  const watch = new ShadowWatch({
    candidate,
    market: { view: (at) => viewAt(at), sessions: () => world.sessions },
    clock: hosted.clock,
    solver: nativeSolver(),
    store: {
      append: async (record) => {
        await gate.held
        kept.push(record)
      },
      read: async () => kept,
    },
    log: silentLog,
    metrics,
  })
  let told = 0
  const follow = (): void => {
    for (const staged of hosted.durable.slice(told)) watch.follow(staged)
    told = hosted.durable.length
  }
  const tell = async (id: PortfolioId, fact: PortfolioFact, answers?: string): Promise<void> => {
    await hosted.host.deliver(id, fact, 'test', answers === undefined ? undefined : answering(answers))
    follow()
  }
  const hold = (): void => {
    gate.held = new Promise((resolve) => {
      open = resolve
    })
  }
  const rest = async (): Promise<void> => {
    while (watch.busy()) await new Promise<void>((resolve) => setImmediate(resolve))
  }
  onTestFinished(async () => {
    open()
    await hosted.host.stop()
    await hosted.journal.close()
  })
  return { ...hosted, world, watch, kept, counted, gauged, tell, hold, rest, letGo: () => open() }
}

async function ready(world: ReturnType<typeof watched>, id: PortfolioId): Promise<void> {
  const first: readonly PortfolioFact[] = [
    created(id),
    { type: 'opened', epoch: 1 },
    { type: 'reconciled', decision: 'resume', reason: '' },
    deposit('100000'),
  ]
  for (const fact of first) await world.tell(id, fact)
}

const trigger = { kind: 'manual', at: START, session: SESSION, why: 'pm: test', evidence: {} } as const
const triggered: PortfolioFact = { type: 'triggered', trigger, view: viewAt(START) }
const halted = { type: 'permitted', to: 'halted', reason: 'x', actor: 'ann' } as const
const active = { type: 'permitted', to: 'active', reason: 'x', actor: 'ann' } as const

/** Targets for a run, at prices that have moved since its trigger. */
const solved = (run: string, id = 'AAA'): PortfolioFact => ({
  type: 'solved',
  request: run,
  answer: targets({ [id]: 0.5 }),
  view: viewAt(later(START, 60_000), { AAA: '125', CCC: '80' }),
})

describe('a candidate beside the runs of a portfolio', () => {
  it('is tried once the live run has its plan, at the time and prices of that plan', async () => {
    const world = watched()
    await ready(world, CORE)
    await world.tell(CORE, triggered)
    await world.rest()
    expect(world.kept).toEqual([])
    await world.tell(CORE, solved('R-1'), 'solve:R-1')
    await world.rest()
    const [record] = world.kept
    expect(record).toMatchObject({ run: 'R-1', outcome: 'differs', trigger: { kind: 'manual', why: 'pm: test' } })
    expect(record!.live.legs.map(({ id, planned }) => [id, planned])).toEqual([['buy-AAA', '400']])
    expect(record!.shadow!.legs.map(({ id, planned }) => [id, planned])).toEqual([
      ['buy-AAA', '240'],
      ['buy-CCC', '250'],
    ])
    expect(record!.difference).toMatchObject({ onlyShadow: ['buy-CCC'], onlyLive: [] })
    expect(world.counted).toEqual([{ portfolio: 'core', outcome: 'differs' }])
    expect(world.gauged).toEqual([record!.difference!.turnover])
  })

  it('is judged by what had been sent when the live plan was judged', async () => {
    const governance = [{ name: 'order-rate', params: { maxValuePerDay: 0.5 } }]
    const tried = async (own: string) => {
      const world = watched((id) => ({ ...candidateFor(id), governance }))
      await ready(world, CORE)
      const value = { own: money(own), firm: money(own) }
      const sent = { orders: { own: 0, firm: 0 }, value, names: {} }
      await world.tell(CORE, { ...triggered, sent } as PortfolioFact)
      await world.tell(CORE, { ...solved('R-1'), sent } as PortfolioFact, 'solve:R-1')
      await world.rest()
      return world.kept[0]!.shadow!.legs.map(({ id, approved }) => [id, approved])
    }
    // 30,000 of AAA and 20,000 of CCC, of 50,000 that may be sent in the day.
    expect(await tried('0')).toEqual([
      ['buy-AAA', '240'],
      ['buy-CCC', '250'],
    ])
    expect(await tried('10000')).toEqual([
      ['buy-AAA', '240'],
      ['buy-CCC', '0'],
    ])
  })

  it('sees the history that the live run saw when it asked for targets, whatever has come since', async () => {
    const { world, ...rest } = watched()
    await ready({ world, ...rest }, CORE)
    await rest.tell(CORE, triggered)
    world.sessions = []
    await rest.tell(CORE, solved('R-1'), 'solve:R-1')
    await rest.rest()
    expect(rest.kept[0]!.shadow!.targets?.weights).toEqual({ AAA: 0.3, CCC: 0.2 })
  })

  it('uses the scenarios that the live run made, where it needs the same', async () => {
    const { instruments, minimum, maximum } = windowOf(policyFor(CORE))
    const asked = { instruments, sessions: history.sessions.slice(-(maximum + 1)), minimum, maximum }
    const made = scenarioSet(asked)
    const [last] = made.instruments.slice(-1)
    const told = { ...made, excluded: [{ instrument: last!, reason: NO_PRICE_YET }] }
    const tried = async (candidate: PortfolioPolicy) => {
      const world = watched(() => candidate)
      await ready(world, CORE)
      world.watch.heedScenarios(CORE, asked, told)
      await world.tell(CORE, triggered)
      await world.tell(CORE, solved('R-1'), 'solve:R-1')
      await world.rest()
      return Object.keys(world.kept[0]!.shadow!.targets!.weights)
    }
    const candidate = candidateFor(CORE)
    expect(last).toBe('CCC')
    expect(await tried(candidate)).toEqual(['AAA'])
    const other = { ...candidate.optimiser, scenarios: { minimum, maximum: maximum - 1 } }
    expect(await tried({ ...candidate, optimiser: other })).toEqual(['AAA', 'CCC'])
  })

  it('begins from the books before the trigger and the permissions there are, and changes neither', async () => {
    const world = watched()
    await ready(world, CORE)
    const scope = { kind: 'instrument', instrument: instrumentId('CCC'), firm: false } as const
    await world.tell(CORE, { type: 'restrained', scope, to: 'halted', reason: 'x', actor: 'ann' })
    await world.tell(CORE, triggered)
    await world.tell(CORE, solved('R-1'), 'solve:R-1')
    const before = world.host.snapshot(CORE)
    await world.rest()
    expect(world.host.snapshot(CORE)).toBe(before)
    const [record] = world.kept
    expect(record!.shadow!.legs.find(({ id }) => id === 'buy-CCC')).toMatchObject({ planned: '250', approved: '0' })
    expect(record!.difference!.verdicts).toEqual([{ rule: 'kill-switch', live: null, shadow: 'reject' }])
  })

  it('is tried as well when the live run ends before it has targets', async () => {
    const world = watched()
    await ready(world, CORE)
    await world.tell(CORE, triggered)
    await world.tell(CORE, halted)
    await world.rest()
    expect(world.kept).toMatchObject([{ run: 'R-1', outcome: 'differs' }])
    expect(world.kept[0]!.live).toMatchObject({ plan: null, turnover: 0, failure: 'rolled back' })
    expect(world.kept[0]!.shadow!.plan).not.toBeNull()
  })

  it('waits its turn, one for each portfolio: a newer run takes the place of an older, which is counted', async () => {
    const world = watched()
    for (const id of [CORE, OTHER]) await ready(world, id)
    world.hold()
    for (const id of [CORE, OTHER, CORE, CORE]) {
      await world.tell(id, triggered)
      await world.tell(id, halted)
      await world.tell(id, active)
    }
    world.letGo()
    await world.rest()
    await new Promise<void>((resolve) => setImmediate(resolve))
    expect(world.kept.map(({ portfolio, run, outcome }) => [portfolio, run, outcome]).sort()).toEqual([
      ['core', 'R-1', 'differs'],
      ['core', 'R-2', 'dropped'],
      ['core', 'R-3', 'differs'],
      ['other', 'R-1', 'differs'],
    ])
    expect(world.kept.find(({ outcome }) => outcome === 'dropped')).toMatchObject({
      error: 'R-3 began before its turn came',
      shadow: null,
    })
    expect(world.counted).toContainEqual({ portfolio: 'core', outcome: 'dropped' })
  })

  it('is a record of its own error, or of targets it could not have, and the next run is tried again', async () => {
    const unfit = { ...candidateFor(CORE), costs: { name: 'none', params: {} } }
    const aimless = policyFor(CORE, { targets: { ...fixed({}), name: 'none' } })
    const candidates = [unfit, aimless, candidateFor(CORE)]
    const world = watched(() => candidates.shift() ?? null)
    await ready(world, CORE)
    for (let run = 1; run <= 4; run += 1) {
      await world.tell(CORE, triggered)
      await world.tell(CORE, halted)
      await world.tell(CORE, active)
      await world.rest()
    }
    expect(world.kept.map(({ run, outcome }) => [run, outcome])).toEqual([
      ['R-1', 'failed'],
      ['R-2', 'failed'],
      ['R-3', 'differs'],
    ])
    expect(world.kept.map(({ shadow }) => shadow?.status)).toEqual([undefined, 'FAILED', expect.any(String)])
    for (const { error } of world.kept.slice(0, 2)) expect(error).toMatch(/none/)
    expect(world.counted.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'differs'])
  })

  it('does nothing without a candidate, for a trigger that begins no run, and once it is closed', async () => {
    const none = watched(() => null)
    await ready(none, CORE)
    await none.tell(CORE, triggered)
    await none.tell(CORE, solved('R-1'), 'solve:R-1')
    expect([none.watch.busy(), none.kept]).toEqual([false, []])

    const world = watched()
    await ready(world, CORE)
    await world.tell(CORE, halted)
    await world.tell(CORE, triggered)
    await world.tell(CORE, active)
    await world.tell(CORE, triggered)
    await world.tell(CORE, solved('R-1'), 'solve:R-1')
    world.watch.close()
    await world.rest()
    expect(world.kept).toEqual([])
  })
})

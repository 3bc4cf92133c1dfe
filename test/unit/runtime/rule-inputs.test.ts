import { describe, expect, it } from 'vitest'
import { sessionMarket } from '#daemon/session-market.js'
import type { Correlations } from '#domain/governance/clusters.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { type Log, silentLog } from '#ports/log.js'
import type { SessionBars } from '#ports/market-feed.js'
import type { ReferenceFiles } from '#ports/reference-files.js'
import { RuleInputs } from '#runtime/rule-inputs.js'
import { Fault } from '#units/fault.js'
import { instrumentId, portfolioId } from '#units/ids.js'
import { shareSpec } from '../../support/books.js'
import { simulatedPrices } from '../../support/prices.js'
import { suiteTempDir } from '../../support/temp-dir.js'
import { CORE, created, OTHER, openHost } from './fixtures.js'

const NAMES = ['AAA', 'BBB', 'CCC']
const [AAA, BBB, CCC] = ['AAA', 'BBB', 'CCC']

/** Three walks of their own, of which BBB follows AAA from session 40 on. */
const SESSIONS: readonly SessionBars[] = simulatedPrices({
  seed: 3,
  instruments: NAMES,
  sessions: 120,
  common: 0,
  from: '2024-01-03',
}).sessions.map((bars, at) => {
  const closes = bars.closes as Readonly<Record<string, string>>
  return at < 40 ? bars : { ...bars, closes: { ...closes, BBB: (Number(closes.AAA) * 2).toFixed(2) } }
})

const asking = (params: object = {}, names: readonly string[] = NAMES): Partial<PortfolioPolicy> => ({
  universe: names.map((name) => shareSpec(name)),
  governance: [{ name: 'correlation-cluster', params: { window: 30, ...params } }],
})

describe('what rules rest on', () => {
  const dir = suiteTempDir()
  let count = 0
  const opened = async (
    policies: Partial<PortfolioPolicy>,
    { files, log = silentLog, barSize = '1d' }: { files?: ReferenceFiles; log?: Log; barSize?: '1d' | '1m' } = {},
  ) => {
    count += 1
    const hosted = openHost(`${dir}/${count}`)
    await hosted.host.deliver(CORE, created(CORE, policies), 'config')
    const market = sessionMarket({ barSize, instruments: NAMES.map(instrumentId) })
    const inputs = new RuleInputs({ ...hosted, market, log, ...(files === undefined ? {} : { files }) })
    const look = async (...all: readonly SessionBars[]): Promise<void> => {
      for (const bars of all) {
        market.advance(bars)
        hosted.clock.advanceTo(bars.at)
        await inputs.look(hosted.journal.portfolios())
      }
    }
    const reads = (portfolio = CORE) =>
      hosted.journal.entries(portfolio, 1, 10_000).flatMap(({ event }) => (event.type === 'inputsRead' ? [event] : []))
    return { ...hosted, market, log, inputs, look, reads, known: () => hosted.host.snapshot(CORE)?.context.readings }
  }

  it('is read once there are returns enough, and journaled when it is news or half as old as it may be', async () => {
    const { look, reads, known, journal } = await opened(asking())
    await look(...SESSIONS.slice(0, 61))
    const first = reads()[0]!
    expect(first.readings.clusters).toMatchObject({ least: 0.7, clusters: [[AAA], [BBB], [CCC]] })
    await look(...SESSIONS.slice(61))
    expect(known()?.clusters?.clusters).toEqual([[AAA, BBB], [CCC]])
    const told = reads().map(({ readings }) => readings.clusters!)
    for (const [at, reading] of told.entries()) {
      const before = told[at - 1]
      if (before === undefined) continue
      const sessions =
        SESSIONS.findIndex((bars) => bars.at === reading.asOf) - SESSIONS.findIndex((bars) => bars.at === before.asOf)
      if (JSON.stringify(before.clusters) === JSON.stringify(reading.clusters)) expect(sessions).toBe(3)
    }
    expect(told.length).toBeLessThan(SESSIONS.length / 2)
    await journal.close()
  })

  it('is not read for a portfolio whose rules do not ask, and of a changed policy at once', async () => {
    const { look, reads, host, inputs, journal } = await opened({ ...asking(), governance: [] })
    await look(...SESSIONS.slice(0, 80))
    expect(reads()).toEqual([])
    const { context } = host.snapshot(CORE)!
    await host.deliver(CORE, { type: 'configured', policy: { ...context.policy, ...asking() } }, 'config')
    await inputs.look([CORE])
    expect(reads()).toHaveLength(1)
    await inputs.look([CORE])
    expect(reads()).toHaveLength(1)
    await journal.close()
  })

  it('is read for each portfolio of its own names', async () => {
    const { look, reads, host, journal } = await opened(asking())
    await host.deliver(OTHER, created(OTHER, asking({}, ['BBB', 'CCC'])), 'config')
    await look(...SESSIONS)
    expect(reads(OTHER).at(-1)?.readings.clusters?.clusters).toEqual([[BBB], [CCC]])
    expect(reads().at(-1)?.readings.clusters?.clusters).toEqual([[AAA, BBB], [CCC]])
    await journal.close()
  })

  it('is worked out once for portfolios with the same names and windows, one portfolio a turn of the process', async () => {
    const { host, market, clock, journal, log } = await opened({ ...asking(), governance: [] })
    const rules = [
      { name: 'correlation-cluster', params: { window: 40 } },
      { name: 'cvar-limit', params: {} },
    ]
    const ids = ['p1', 'p2', 'p3', 'p4'].map(portfolioId)
    for (const [at, id] of ids.entries()) {
      const names = at % 2 === 0 ? NAMES : [...NAMES].reverse()
      await host.deliver(id, created(id, { ...asking({}, names), governance: rules }), 'config')
    }
    for (const bars of SESSIONS) market.advance(bars)
    clock.advanceTo(SESSIONS.at(-1)!.at)
    let cuts = 0
    const counted = {
      ...market,
      sessions: (...asked: Parameters<typeof market.sessions>) => {
        if (asked[1] > 1) cuts += 1
        return market.sessions(...asked)
      },
    }
    let turns = 0
    const turn = (): void => {
      turns += 1
      going = setImmediate(turn)
    }
    let going = setImmediate(turn)
    await new RuleInputs({ host, clock, log, market: counted }).look(ids)
    clearImmediate(going)
    expect(turns).toBeGreaterThanOrEqual(ids.length)
    expect(cuts).toBe(2)
    const [first, ...others] = ids.map((id) => host.snapshot(id)?.context.readings)
    expect(first).toMatchObject({ clusters: { clusters: [[AAA, BBB], [CCC]] }, scenarios: { names: NAMES } })
    for (const other of others) expect(other).toEqual(first)
    await journal.close()
  })

  it('of one portfolio that halts keeps no other from its own', async () => {
    const { host, market, clock, journal, log } = await opened(asking({ matrix: 'm.csv' }))
    await host.deliver(OTHER, created(OTHER, asking()), 'config')
    for (const bars of SESSIONS) market.advance(bars)
    clock.advanceTo(SESSIONS.at(-1)!.at)
    const files = { correlations: () => expect.fail('no fault, but a mistake') } as unknown as ReferenceFiles
    const looking = new RuleInputs({ host, clock, log, market, files }).look([CORE, OTHER])
    await expect(looking).rejects.toThrow('a mistake')
    await host.stop()
    expect(host.snapshot(OTHER)?.context.readings?.clusters?.clusters).toEqual([[AAA, BBB], [CCC]])
    await journal.close()
  })

  it('comes from a file where the rule names one, of the names it shares with the universe', async () => {
    const given: Correlations = {
      asOf: SESSIONS[0]!.at,
      names: [CCC, AAA, 'ZZZ'].map(instrumentId),
      values: Float64Array.of(1, 0.8, 0, 0.8, 1, 0, 0, 0, 1),
    }
    const paths: string[] = []
    const files = { correlations: (path: string) => paths.push(path) > 0 && given } as ReferenceFiles
    const { look, known, journal } = await opened(asking({ matrix: 'm.csv' }), { files })
    await look(SESSIONS[0]!)
    expect(known()?.clusters).toEqual({ asOf: given.asOf, least: 0.7, clusters: [[AAA, CCC]] })
    expect(paths).toEqual(['m.csv'])
    await journal.close()
  })

  it('has betas to the factors of a file, over the sessions that both have', async () => {
    const days = SESSIONS.map(({ session }, at) => [session, { returns: [Math.sin(at) / 100], riskFree: 0 }] as const)
    const factors = { factors: ['WAVE'], sessions: new Map<string, (typeof days)[number][1]>(days.slice(0, 100)) }
    const files = { factors: () => factors } as unknown as ReferenceFiles
    const along = SESSIONS.map((bars, at) => {
      const before = days.slice(1, at + 1).reduce((price, [, { returns }]) => price * (1 + 2 * returns[0]!), 1_000)
      return { ...bars, closes: { ...bars.closes, AAA: before.toFixed(9) } }
    })
    const params = { file: 'f.csv', window: 40, maxAge: 30 }
    const { look, known, reads, journal } = await opened(
      { ...asking(), governance: [{ name: 'factor-exposure', params }] },
      { files },
    )
    await look(...along)
    const { asOf, factors: names, betas } = known()!.betas!
    expect(names).toEqual(['WAVE'])
    expect(Object.keys(betas)).toEqual(NAMES)
    expect((betas as Record<string, readonly number[]>).AAA).toEqual([2])
    expect(asOf).toBe(SESSIONS[99]!.at)
    // The last twenty sessions have no factors, and say nothing new.
    expect(reads().at(-1)!.at).toBe(SESSIONS[99]!.at)
    await journal.close()
  })

  it('has the scenarios of the optimiser, anew when half as old as they may be', async () => {
    const { look, known, reads, journal } = await opened({
      ...asking(),
      governance: [{ name: 'cvar-limit', params: {} }],
    })
    await look(...SESSIONS)
    const { scenarios } = known()!
    expect(scenarios).toMatchObject({ names: NAMES })
    expect(scenarios!.returns).toHaveLength(3 * 3 * scenarios!.rows)
    const told = reads().map(({ readings }) => SESSIONS.findIndex(({ at }) => at === readings.scenarios!.asOf))
    for (const [at, session] of told.slice(1).entries()) expect(session - told[at]!).toBe(3)
    await journal.close()
  })

  it('stays as it was where it cannot be read, and the log says why', async () => {
    const said: unknown[] = []
    const log = { ...silentLog, warn: (fields: object) => said.push(fields) } as Log
    const absent = (path: string): never => {
      throw new Fault('FILE_NOT_FOUND', `there is no file ${path}`, 'never')
    }
    const files: ReferenceFiles = { correlations: absent, factors: absent }
    const lost = await opened(asking({ matrix: 'm.csv' }), { files, log })
    await lost.look(SESSIONS[0]!)
    const large = await opened(asking({ maxNames: 2 }), { log })
    await large.look(...SESSIONS.slice(0, 70))
    const minutes = await opened(asking(), { barSize: '1m' })
    await minutes.look(...SESSIONS)
    for (const { reads, journal } of [lost, large, minutes]) {
      expect(reads()).toEqual([])
      await journal.close()
    }
    expect(said[0]).toEqual({ portfolio: CORE, why: 'there is no file m.csv' })
    expect(said[1]).toEqual({ portfolio: CORE, why: '3 names are more than the 2 of max_names' })
  })

  it('is taken from a mended file at the next look, and each reason why it was not is said once', async () => {
    const said: unknown[] = []
    const log = { ...silentLog, warn: (fields: object) => said.push(fields) } as Log
    let why: string | null = 'no file'
    const values = Float64Array.of(1, 0.8, 0.8, 1)
    const given: Correlations = { asOf: SESSIONS[0]!.at, names: [AAA, CCC].map(instrumentId), values }
    const correlations = (): Correlations => {
      if (why !== null) throw new Fault('CORRELATIONS_INVALID', why, 'never')
      return given
    }
    const files = { correlations } as unknown as ReferenceFiles
    const { look, inputs, known, reads, journal } = await opened(asking({ matrix: 'm.csv' }), { files, log })
    await look(SESSIONS[0]!)
    for (const next of ['no file', 'line 2', 'line 2', null, null, 'line 3']) {
      why = next
      await inputs.look([CORE])
    }
    expect(known()?.clusters?.clusters).toEqual([[AAA, CCC]])
    expect(reads()).toHaveLength(1)
    expect(said).toEqual(['no file', 'line 2'].map((reason) => ({ portfolio: CORE, why: reason })))
    await journal.close()
  })
})

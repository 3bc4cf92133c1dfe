import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '#daemon/config/load.js'
import { packageRoot } from '#daemon/package-root.js'
import { replay } from '#daemon/replay.js'
import { feedHistory, openConfigured } from '#daemon/serve.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Run } from '#domain/run.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import { sampleCovariance } from '#numerics/covariance.js'
import { columnDeviations } from '#numerics/moments.js'
import { silentLog } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import { noMetrics } from '#ports/metrics.js'
import { portfolioId } from '#units/ids.js'
import { simulatedPrices } from '../support/prices.js'
import { contributionsOf, spreadOf } from '../support/risk-shares.js'
import { suiteTempDir } from '../support/temp-dir.js'
import { ballast } from './cli-process.js'

const SYMBOLS = ['ALFA', 'BRAVO', 'CHARLIE', 'DELTA', 'ECHO']
const page = readFileSync(join(packageRoot, 'docs', 'targets.md'), 'utf8')
const files = [...page.matchAll(/^```yaml (\S+)\n(.*?)^```$/gms)].map(([, name, text]) => [name!, text!] as const)

describe('the portfolios of docs/targets.md, through the engine', () => {
  const folder = suiteTempDir()
  let history: PriceHistory
  let policies: Readonly<Record<string, PortfolioPolicy>> = {}
  let runs: Readonly<Record<string, readonly Run[]>> = {}

  const explain = async (what: string, portfolio: string): Promise<string> => {
    const ended = await ballast(['explain', what, '-p', portfolio], { cwd: folder })
    expect([ended.code, ended.stderr]).toEqual([0, ''])
    return ended.stdout.replace(/\s+/g, ' ')
  }

  beforeAll(async () => {
    const prices = simulatedPrices({ seed: 7, instruments: SYMBOLS, sessions: 120, volatility: 0.02, common: 0.3 })
    const rows = prices.sessions.map(({ session, closes }) => [
      session,
      ...SYMBOLS.map((id) => Reflect.get(closes, id)),
    ])
    mkdirSync(join(folder, 'config', 'portfolios'), { recursive: true })
    writeFileSync(join(folder, 'config', 'prices.csv'), [['Date', ...SYMBOLS], ...rows].join('\n'))
    const config = join(folder, 'config', 'ballast.yaml')
    writeFileSync(config, 'version: 1\nstate: {path: ../state}\nfeed: {file: prices.csv}\nseed: targets\n')
    for (const [name, text] of files) writeFileSync(join(folder, 'config', 'portfolios', name), text)
    const loaded = loadConfig(config)
    if (!loaded.ok) throw new Error(loaded.refusal.message)
    // The page says what sources make of prices, not what a drawdown leaves of it.
    const portfolios = loaded.value.portfolios.map((portfolio) => {
      const governance = portfolio.policy.governance.filter(({ name }) => name !== 'drawdown')
      return { ...portfolio, policy: { ...portfolio.policy, governance } }
    })
    const configured = { ...loaded.value, portfolios }
    policies = Object.fromEntries(portfolios.map(({ policy }) => [policy.id, policy]))
    history = feedHistory(configured)
    const onFatal = (error: unknown): never => {
      throw error
    }
    const ports = { log: silentLog, metrics: noMetrics, onFatal }
    const assembly = await openConfigured(configured, join(folder, 'state'), history, ports)
    await replay(assembly, { history, speed: 0 })
    runs = Object.fromEntries(Object.keys(policies).map((id) => [id, assembly.journal.runs(portfolioId(id))]))
    await assembly.close()
  })

  it('are a portfolio of each source the page shows, and trade', () => {
    expect(Object.values(policies).map(({ id, targets }) => [id, targets.name])).toEqual([
      ['edges', 'fixed'],
      ['risk-parity', 'risk-parity'],
      ['signal', 'signal'],
      ['sized-bounds', 'optimised'],
      ['volatility-target', 'volatility-target'],
    ])
    for (const own of Object.values(runs)) {
      const settled = own.filter(({ answer }) => answer?.kind === 'targets')
      expect(settled.length).toBeGreaterThan(2)
      for (const { status } of settled) expect(status).toMatch(/^COMPLETED/)
    }
  })

  it('share out risk by their budgets in every run, whatever is held at its cap', () => {
    let capped = 0
    for (const { answer, session } of runs['risk-parity']!) {
      if (answer?.kind !== 'targets') continue
      const { weights, cash } = answer.targets
      const sessions = history.sessions.filter((bar) => bar.session <= session)
      const { optimiser, universe } = policies['risk-parity']!
      const window = scenarioSet({ instruments: universe.map(({ id }) => id), sessions, ...optimiser.scenarios })
      expect(answer.evidence.scenarios.digest).toBe(window.digest)
      const columns = window.instruments.length
      const covariance = sampleCovariance({ rows: window.rows, columns, values: window.returns })
      const own = contributionsOf(
        covariance,
        Float64Array.from(window.instruments, (id) => weights[id]!),
      )
      const [alfa, bravo, charlie, delta, echo] = own
      expect(spreadOf([alfa!, bravo!, charlie!, delta! / 2])).toBeLessThan(1e-8)
      expect(echo!).toBeLessThan(alfa! * (1 + 1e-8))
      expect(cash).toBeCloseTo(0.02, 9)
      if (weights[window.instruments[4]!] === 0.1) capped += 1
    }
    expect(capped).toBeGreaterThan(2)
  })

  it('hold long and short weights in proportion to their signals, as the page works them out', () => {
    const settled = runs.signal!.filter(({ answer }) => answer?.kind === 'targets')
    for (const { answer, after } of settled) {
      if (answer?.kind !== 'targets') continue
      const { weights, cash } = answer.targets
      expect(Object.keys(weights)).toEqual(['ALFA', 'BRAVO', 'CHARLIE'])
      for (const [id, target] of Object.entries({ ALFA: 0.5, BRAVO: 0.2, CHARLIE: -0.2 })) {
        expect(Reflect.get(weights, id)).toBeCloseTo(target, 12)
        // Whole shares and costs are all that is between the target and the book.
        expect(Math.abs(Reflect.get(after!.weights, id) - target), id).toBeLessThan(2e-3)
      }
      expect(cash).toBeCloseTo(0.5, 12)
    }
  })

  it('size every name to one volatility by its latest returns, under its cap, and leave the rest in cash', () => {
    const { universe, optimiser } = policies['volatility-target']!
    const names = universe.map(({ id }) => id)
    let below = 0
    for (const { answer, session } of runs['volatility-target']!) {
      if (answer?.kind !== 'targets') continue
      const sessions = history.sessions.filter((bar) => bar.session <= session)
      for (const id of names) {
        const latest = sessions.slice(-21).map(({ closes }) => Number(closes[id]))
        const squares = latest.slice(1).map((close, at) => Math.log(close / latest[at]!) ** 2)
        const ages = squares.map((_, at) => 0.94 ** (squares.length - 1 - at))
        const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
        const variance = sum(squares.map((square, at) => square * ages[at]!)) / sum(ages)
        const size = ((0.98 / 5) * 0.12) / Math.sqrt(variance * 252)
        expect(answer.targets.weights[id]!).toBeCloseTo(Math.min(optimiser.bounds.max, size), 12)
        if (size < optimiser.bounds.max) below += 1
      }
      expect(answer.targets.cash).toBeGreaterThan(0.5)
    }
    expect(below).toBeGreaterThan(5)
  })

  it('keep optimised weights under the bounds that a sizing method gives, and say so', async () => {
    let bound = 0
    for (const { answer, session } of runs['sized-bounds']!) {
      if (answer?.kind !== 'targets') continue
      const { weights } = answer.targets
      const { optimiser, universe } = policies['sized-bounds']!
      const sessions = history.sessions.filter((bar) => bar.session <= session)
      const window = scenarioSet({ instruments: universe.map(({ id }) => id), sessions, ...optimiser.scenarios })
      const deviations = columnDeviations({ rows: window.rows, columns: 5, values: window.returns })
      const inverse = deviations.map((deviation) => 1 / deviation)
      const sum = inverse.reduce((all, own) => all + own, 0)
      for (const [column, id] of window.instruments.entries()) {
        const highest = Math.min(optimiser.bounds.max, (1.25 * 0.99 * inverse[column]!) / sum)
        expect(weights[id] ?? 0).toBeLessThan(highest + 1e-9)
        if ((weights[id] ?? 0) > highest - 1e-9) bound += 1
      }
    }
    expect(bound).toBeGreaterThan(5)
    const last = runs['sized-bounds']!.findLast(({ answer }) => answer?.kind === 'targets')!
    expect(await explain(last.id, 'sized-bounds')).toContain(
      'Note: no weight above 1.25 times its size by inverse-volatility.',
    )
  })

  it('stop at the edges of their bands where they say so, in every run that drift began', async () => {
    const drifted = runs.edges!.filter(({ trigger, answer }) => trigger.kind === 'drift' && answer?.kind === 'targets')
    expect(drifted.length).toBeGreaterThan(2)
    for (const { answer, aim, after, orders, outcome } of drifted) {
      if (answer?.kind !== 'targets') continue
      expect(outcome).toBe('as planned')
      for (const [id, target] of Object.entries(answer.targets.weights)) {
        const held = Reflect.get(after!.weights, id) as number
        expect(Math.abs(held - target), id).toBeLessThan(0.03)
        const traded = Object.values(orders).some(({ body }) => body.instrument === id)
        if (traded) expect(Math.abs(held - target), id).toBeGreaterThan(0.015)
      }
      expect(aim!.cash).toBeGreaterThan(0.02)
      expect(aim!.cash).toBeLessThan(0.08)
    }
    const said = await explain(drifted[0]!.id, 'edges')
    expect(said).toMatch(/Traded to the edge of the bands, not to the targets: \w+ to \d+\.\d\d % \(target 20\.00 %\)/)
  })

  it('are explained with their note', async () => {
    const last = runs['risk-parity']!.at(-1)!
    const parity = await explain(last.id, 'risk-parity')
    expect(parity).toContain('The risk-parity targets set their weights themselves; no optimiser was needed.')
    expect(parity).toContain('Note: held at the highest weight, below the share of risk: ECHO.')
    const first = runs.signal!.find(({ answer }) => answer?.kind === 'targets')!
    expect(await explain(first.id, 'signal')).toMatch(
      /The signal targets set their weights.* CHARLIE 0.00 % -20.00 % SELL /,
    )
  })
})

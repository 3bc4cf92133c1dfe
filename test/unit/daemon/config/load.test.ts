import { describe, expect, it } from 'vitest'
import { loadConfig } from '#daemon/config/load.js'
import { snake } from '#daemon/config/registry-schema.js'
import { rules } from '#domain/governance/registry.js'
import { load, PORTFOLIO, portfolioProblems, problems, SYSTEM } from './workspace.js'

/** Every target source, as a file spells it. */
const SOURCES =
  'optimised | fixed | signal | equal_weight | fixed_fraction | inverse_volatility | kelly | risk_parity | volatility_target'

const core = (more: string): Record<string, string> => ({ 'portfolios/core.yaml': PORTFOLIO + more })

describe('a sound configuration', () => {
  it('loads the samples in the repository', () => {
    const loaded = loadConfig('config/ballast.yaml')
    expect(loaded.ok ? '' : loaded.refusal.message).toBe('')
    expect(loaded.ok && loaded.value.portfolios.map(({ policy }) => [policy.id, policy.targets.name])).toEqual([
      ['core-satellite', 'fixed'],
      ['inverse-vol', 'inverse-volatility'],
      ['mean-cvar', 'optimised'],
    ])
  })

  it('fills in defaults and turns durations and money into their types', () => {
    const loaded = load(core('orders: {fill_timeout: 2h}\n'))
    if (!loaded.ok) throw new Error(loaded.refusal.message)
    const { policy, enabled } = loaded.value.portfolios[0]!
    expect(enabled).toBe(true)
    expect(policy.name).toBe('core')
    expect(policy.mode).toBe('paper')
    expect(policy.initialCash.toFixed(2)).toBe('1000.00')
    expect(policy.orders.fillTimeoutMs).toBe(7_200_000)
    expect(policy.triggers.drift?.band).toBe(0.05)
    expect(policy.costs).toEqual({ name: 'simple', params: { spreadBps: 5, slippageBps: 5, commissionBps: 0 } })
    expect(policy.governance.map((rule) => rule.name)).toEqual([
      ...[
        'daily-loss',
        'drawdown',
        'gross-net-leverage',
        'market-hours',
        'minimum-trade',
        'position-limit',
        'price-collar',
      ],
      ...['rebalance-frequency', 'regime-sizing', 'restricted-list', 'turnover'],
    ])
    expect(policy.universe[0]).toMatchObject({ id: 'AAA', class: 'equity', shortable: false, settlementDays: 1 })
  })

  it('leaves a policy that says nothing of conflicting limits as it was before it could', () => {
    const policyOf = (infeasible: string) => {
      const loaded = load({ 'portfolios/core.yaml': `${PORTFOLIO}optimiser: {bounds: {max: 0.5}${infeasible}}\n` })
      return loaded.ok ? loaded.value.portfolios[0]!.policy.optimiser : expect.fail(loaded.refusal.message)
    }
    expect(Object.keys(policyOf(''))).not.toContain('infeasible')
    expect(policyOf(', infeasible: {relax: [cash, minimum], otherwise: previous}')).toEqual(policyOf(''))
    expect(policyOf(', infeasible: {relax: [turnover]}').infeasible).toEqual({
      relax: ['turnover'],
      otherwise: 'previous',
    })
    expect(portfolioProblems(`${PORTFOLIO}optimiser: {infeasible: {relax: [cash, cash]}}\n`)).toEqual([
      expect.stringMatching(/optimiser\.infeasible\.relax: names a limit twice$/),
    ])
  })

  it('trades to the targets unless the file says otherwise, and a policy then says nothing of it', () => {
    const policyOf = (more: string) => {
      const loaded = load(core(more))
      return loaded.ok ? loaded.value.portfolios[0]!.policy : expect.fail(loaded.refusal.message)
    }
    expect(Object.keys(policyOf(''))).not.toContain('tradeTo')
    expect(policyOf('trade_to: target\n')).toEqual(policyOf(''))
    expect(policyOf('trade_to: band-edge\n').tradeTo).toEqual({ to: 'band-edge' })
    expect(policyOf('trade_to: optimal\n').tradeTo).toEqual({ to: 'optimal', minBenefitRatio: 1 })
    expect(policyOf('trade_to: optimal\nmin_benefit_ratio: 2.5\n').tradeTo).toEqual({
      to: 'optimal',
      minBenefitRatio: 2.5,
    })
  })

  it('refuses to trade to an edge without bands, or as far as it pays without an optimiser', () => {
    const fixed = PORTFOLIO.replace('optimised', 'fixed, weights: {AAA: 0.5}')
    expect(portfolioProblems(`${fixed}trade_to: optimal\n`)).toEqual([
      'portfolios/core.yaml:6:11 trade_to: optimal needs targets.source: optimised, and it is fixed',
    ])
    expect(portfolioProblems(`${PORTFOLIO}trade_to: band-edge\ntriggers: {drift: null}\n`)).toEqual([
      'portfolios/core.yaml:6:11 trade_to: band-edge needs the bands of triggers.drift, which is null',
    ])
    expect(portfolioProblems(`${PORTFOLIO}trade_to: edge\nmin_benefit_ratio: -1\n`)).toEqual([
      expect.stringMatching(/core\.yaml:6:11 trade_to: /),
      expect.stringMatching(/core\.yaml:7:20 min_benefit_ratio: must be ≥ 0/),
    ])
  })

  it('knows which plans wait for people, and a policy that says nothing of it is as it was before it could', () => {
    const policyOf = (more: string) => {
      const loaded = load(core(more))
      return loaded.ok ? loaded.value.portfolios[0]!.policy : expect.fail(loaded.refusal.message)
    }
    expect(Object.keys(policyOf(''))).not.toContain('approval')
    expect(policyOf('approval: null\n')).toEqual(policyOf(''))
    expect(policyOf('approval: {}\n').approval).toEqual({
      ...{ turnover: null, notional: null, symbols: [], firstLiveRun: false, approvers: 1, expiresAfterMs: 1_800_000 },
    })
    const all =
      'turnover: 0.1, notional: "250000.00", symbols: [BBB, AAA, BBB], first_live_run: true, expires_after: 2h'
    expect(policyOf(`approval: {${all}}\n`).approval).toMatchObject({
      ...{ turnover: 0.1, symbols: ['AAA', 'BBB'], firstLiveRun: true, expiresAfterMs: 7_200_000 },
    })
    const wrong = (terms: string) => portfolioProblems(`${PORTFOLIO}approval: {${terms}}\n`)
    expect(wrong('symbols: [AAA, ZZZ]')).toEqual([
      'portfolios/core.yaml:6:21 approval.symbols: ZZZ is not in universe.symbols',
    ])
    expect(wrong('approvers: 2')).toEqual([
      'portfolios/core.yaml:6:23 approval.approvers: 2 needs two operators in control.operators of the system file',
    ])
    expect(wrong('approvers: 3')).toEqual([expect.stringMatching(/ approval\.approvers: must be 1 or 2/)])
    expect(wrong('notional: 250000')).toEqual([expect.stringMatching(/ approval\.notional: must be a plain decimal/)])
    for (const time of ['0s', '999ms', '32d'])
      expect(wrong(`expires_after: ${time}`)).toEqual([
        expect.stringMatching(/ approval\.expires_after: must be from 1s to 31d/),
      ])
    expect(wrong('turn_over: 0.1')).toEqual([expect.stringMatching(/ approval\.turn_over: unknown key/)])
  })

  it('takes a symbol over the defaults of the universe', () => {
    const universe =
      'universe: {symbols: [AAA, BBB, CCC, DDD], defaults: {tick: "0.05"}, per_symbol: {BBB: {tick: "1"}}}'
    const loaded = load({ 'portfolios/core.yaml': PORTFOLIO.replace(/universe:.*/, universe) })
    if (!loaded.ok) throw new Error(loaded.refusal.message)
    const [aaa, bbb] = loaded.value.portfolios[0]!.policy.universe
    expect([aaa!.tick.toFixed(), bbb!.tick.toFixed()]).toEqual(['0.05', '1'])
    const origins = new Map(loaded.value.settings.map((setting) => [setting.path, setting.origin]))
    expect(origins.get('universe.per_symbol.AAA.tick')).toMatch(/core\.yaml:4:60$/)
    expect(origins.get('universe.per_symbol.BBB.tick')).toMatch(/core\.yaml:4:94$/)
    expect(origins.get('universe.per_symbol.AAA.lot')).toBe('default')
  })

  it('runs only the named rules without a preset', () => {
    const loaded = load(core('governance: {preset: none, rules: {position_limit: {max: 0.5}}}\n'))
    expect(loaded.ok && loaded.value.portfolios[0]!.policy.governance).toEqual([
      { name: 'position-limit', params: { max: 0.5 } },
    ])
  })

  it('lets the environment win over the file and says so', () => {
    const loaded = load(core(''), { BALLAST__HTTP__LISTEN: '127.0.0.1:0', BALLAST__FEED__SPEED: '5', OTHER: 'x' })
    if (!loaded.ok) throw new Error(loaded.refusal.message)
    expect(loaded.value.system.http.listen).toBe('127.0.0.1:0')
    expect(loaded.value.system.feed.speed).toBe(5)
    expect(loaded.value.settings.find(({ path }) => path === 'feed.speed')?.origin).toBe('BALLAST__FEED__SPEED')
  })

  it('resolves paths against the folder of the system file', () => {
    const loaded = load(core(''))
    expect(loaded.ok && loaded.value.system.state.path).toMatch(/ballast-config-.*\/state$/)
  })
})

describe('a refused configuration', () => {
  it('reports every problem of a file at once, with its line and column', () => {
    const text = `version: 1
id: core
initial_cash: "-5"
universe: {symbols: [AAA, BBB]}
targets:
  source: fixed
  weights: {AAA: 0.7, BBB: 0.5}
triggers:
  drift: {band: -1}
  drfit: {}
`
    expect(portfolioProblems(text)).toEqual([
      'portfolios/core.yaml:3:15 initial_cash: must be a plain decimal ≥ 0 in quotes, such as "1.50"',
      'portfolios/core.yaml:6:3 targets: weights sum to 1.2, more than 1',
      'portfolios/core.yaml:9:17 triggers.drift.band: must be > 0, got -1',
      'portfolios/core.yaml:10:3 triggers.drfit: unknown key',
    ])
  })

  it('reports problems of all files together', () => {
    const found = problems(
      load({
        'ballast.yaml': SYSTEM.replace('prices.csv', 'absent.csv'),
        'portfolios/a.yaml': `${PORTFOLIO}currncy: USD\n`,
        'portfolios/b.yaml': `${PORTFOLIO}mode: pretend\n`,
      }),
    )
    expect(found).toEqual([
      'ballast.yaml:3:14 feed.file: there is no file absent.csv',
      'portfolios/a.yaml:6:1 currncy: unknown key',
      'portfolios/b.yaml:6:7 mode: must be paper, got "pretend"',
    ])
  })

  it('names a system file that is not there', () => {
    const loaded = loadConfig('nowhere/ballast.yaml')
    expect(!loaded.ok && loaded.refusal).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'nowhere/ballast.yaml there is no such file',
      problems: [{ file: 'nowhere/ballast.yaml', line: null }],
    })
  })

  it('names the line that asks for a portfolio file that is not there', () => {
    expect(problems(load({ 'ballast.yaml': `${SYSTEM}portfolios:\n  - portfolios/gone.yaml\n` }))).toEqual([
      'ballast.yaml:5:5 portfolios[0]: there is no file portfolios/gone.yaml',
    ])
    expect(problems(load({}))).toEqual(['ballast.yaml:1:1 portfolios: no file matches portfolios/*.yaml'])
  })

  it('refuses an id that another file has', () => {
    expect(problems(load({ 'portfolios/a.yaml': PORTFOLIO, 'portfolios/b.yaml': PORTFOLIO }))).toEqual([
      'portfolios/b.yaml:2:5 id: core is already the id in portfolios/a.yaml',
    ])
  })

  it('refuses settings of the system that nothing reads', () => {
    expect(problems(load({ ...core(''), 'ballast.yaml': `${SYSTEM}solver: {threads: 4}\n` }))).toEqual([
      'ballast.yaml:4:10 solver.threads: unknown key',
    ])
  })

  it('blames the environment for what it set', () => {
    expect(problems(load(core(''), { BALLAST__FEED__SPEED: '-1' }))).toEqual([
      'BALLAST__FEED__SPEED feed.speed: must be ≥ 0, got -1',
    ])
  })

  const refused: readonly [string, string, string][] = [
    [
      'money as a number',
      PORTFOLIO.replace('"1000.00"', '1000'),
      '3:15 initial_cash: must be a plain decimal ≥ 0 in quotes, such as "1.50"',
    ],
    [
      'a missing key',
      PORTFOLIO.replace(/initial_cash.*\n/, ''),
      '1:1 initial_cash: must be a plain decimal ≥ 0 in quotes, such as "1.50"',
    ],
    [
      'a misspelt symbol',
      `${PORTFOLIO}triggers: {drift: {per_symbol: {AAB: 0.1}}}\n`,
      '6:38 triggers.drift.per_symbol.AAB: is not in universe.symbols',
    ],
    [
      'a symbol that every object answers to',
      PORTFOLIO.replace('DDD', 'valueOf'),
      '4:37 universe.symbols[3]: is a name that JavaScript keeps for itself',
    ],
    ['a symbol twice', PORTFOLIO.replace('DDD', 'AAA'), '4:37 universe.symbols[3]: AAA is listed twice'],
    [
      'a mode that nothing can trade in',
      `${PORTFOLIO}mode: live\n`,
      '6:7 mode: live trading needs a gateway that does not exist yet',
    ],
    [
      'the mode of a simulation, which reads no portfolio file',
      `${PORTFOLIO}mode: backtest\n`,
      '6:7 mode: must be paper, got "backtest"',
    ],
    [
      'a gateway that is out of reach',
      `${PORTFOLIO}gateway: ib\n`,
      '6:10 gateway: ib is reached over NATS; without a nats section only paper is',
    ],
    [
      'a tolerance that certifies nothing',
      `${PORTFOLIO}optimiser: {tolerance: 1.0e-5}\n`,
      '6:24 optimiser.tolerance: must be ≤ 0.000001, got 0.00001',
    ],
    [
      'lowest above highest',
      `${PORTFOLIO}optimiser: {bounds: {min: 0.5, max: 0.4}}\n`,
      '6:27 optimiser.bounds.min: lowest 0.5 is above highest 0.4',
    ],
    [
      'lowest weights beyond 1',
      `${PORTFOLIO}optimiser: {bounds: {min: 0.25}}\n`,
      '6:21 optimiser.bounds: lowest weights and cash add up to 1.0025, more than 1',
    ],
    [
      'highest weights short of 1',
      `${PORTFOLIO}optimiser: {bounds: {max: 0.2}}\n`,
      '6:21 optimiser.bounds: highest weights and cash add up to 0.9, less than 1',
    ],
    [
      'bounds a rule makes unreachable',
      `${PORTFOLIO}governance: {rules: {position_limit: {max: 0.1}}}\n`,
      '1:1 optimiser.bounds: highest weights and cash add up to 0.5, less than 1',
    ],
    [
      'shorts of what is not shortable',
      `${PORTFOLIO}optimiser: {bounds: {per_symbol: {AAA: [-0.1, 0.25]}}}\n`,
      '6:40 optimiser.bounds.per_symbol.AAA: AAA may go to -0.1 but is not shortable',
    ],
    [
      'an unknown target source',
      PORTFOLIO.replace('optimised', 'astrology'),
      `5:19 targets.source: must be ${SOURCES}, got astrology`,
    ],
    [
      'a weight of what is not in the universe',
      PORTFOLIO.replace('source: optimised', 'source: fixed, weights: {AAA: 0.5, ZZZ: 0.5}'),
      '5:51 targets.weights.ZZZ: ZZZ has a target weight but is not in the universe',
    ],
    [
      'a risk budget of what is not in the universe',
      PORTFOLIO.replace('source: optimised', 'source: risk_parity, budgets: {ZZZ: 2}'),
      '5:47 targets.budgets.ZZZ: ZZZ has a risk budget but is not in the universe',
    ],
    [
      'an estimator that needs the ranges of bars, which no feed brings',
      PORTFOLIO.replace('source: optimised', 'source: volatility_target, estimator: garman-klass'),
      '5:49 targets.estimator: garman-klass needs opens, highs and lows, and a feed brings closes only: realised or ewma do without',
    ],
    [
      'a lookback beyond the scenarios that are kept',
      `${PORTFOLIO.replace('source: optimised', 'source: volatility_target, lookback: 90')}optimiser: {scenarios: {maximum: 60}}\n`,
      '5:48 targets.lookback: looks back 90 returns, and no more than 60 are kept (optimiser.scenarios.maximum)',
    ],
    [
      'an expected return of what is not in the universe',
      PORTFOLIO.replace('source: optimised', 'source: kelly, expected_returns: {ZZZ: 0.1}'),
      '5:50 targets.expected_returns.ZZZ: ZZZ has an expected return but is not in the universe',
    ],
    [
      'a multiple of bounds from no method',
      PORTFOLIO.replace('source: optimised', 'source: optimised, bounds_multiple: 3'),
      '5:47 targets.bounds_multiple: needs bounds_from',
    ],
    [
      'a parameter of another sizing method',
      PORTFOLIO.replace('source: optimised', 'source: fixed_fraction, lookback: 20'),
      '5:45 targets.lookback: unknown key; fixed_fraction has fraction',
    ],
    [
      'a negative signal of what may not be held short',
      PORTFOLIO.replace('source: optimised', 'source: signal, signals: {AAA: {signal: -1}}'),
      '5:51 targets.signals.AAA.signal: AAA has a negative signal and may not be held short',
    ],
    [
      'a confidence above 1',
      PORTFOLIO.replace('source: optimised', 'source: signal, signals: {AAA: {signal: 1, confidence: 2}}'),
      '5:66 targets.signals.AAA.confidence: must be ≤ 1, got 2',
    ],
    [
      'a map where the name of a target source belongs',
      PORTFOLIO.replace('optimised', '{toString: 1}'),
      `5:19 targets.source: must be ${SOURCES}, got a map`,
    ],
    [
      'a map where the period of a calendar belongs',
      `${PORTFOLIO}triggers: {calendar: {every: {toString: 1}}}\n`,
      '6:30 triggers.calendar.every: must be daily | weekly | monthly | quarterly | annually, got {"toString":1}',
    ],
    [
      'a map where the name of an instrument class belongs',
      PORTFOLIO.replace('DDD]', 'DDD], defaults: {class: {toString: 1}}'),
      '4:61 universe.defaults.class: must be equity, got a map',
    ],
    [
      'an unknown rule',
      `${PORTFOLIO}governance: {rules: {no_losses: {}}}\n`,
      `6:33 governance.rules.no_losses: must be ${Object.keys(rules).map(snake).sort().join(' | ')}, got no_losses`,
    ],
    [
      'an unknown parameter of a rule',
      `${PORTFOLIO}governance: {rules: {position_limit: {maximum: 1}}}\n`,
      '6:48 governance.rules.position_limit.maximum: unknown key; position_limit has max',
    ],
    [
      'camel case for snake case',
      `${PORTFOLIO}costs: {model: simple, spreadBps: 3}\n`,
      '6:35 costs.spreadBps: unknown key; simple has spread_bps, slippage_bps, commission_bps',
    ],
    [
      'another currency',
      `${PORTFOLIO}currency: EUR\n`,
      '4:11 universe: AAA trades in USD, the portfolio is kept in EUR',
    ],
    [
      'a duration without unit',
      `${PORTFOLIO}orders: {ack_timeout: 5}\n`,
      '6:23 orders.ack_timeout: must be a whole number with a unit: ms, s, m, h or d, such as 30s',
    ],
  ]
  it.each(refused)('refuses %s', (_what, text, problem) => {
    expect(portfolioProblems(text)[0]).toBe(`portfolios/core.yaml:${problem}`)
  })
})

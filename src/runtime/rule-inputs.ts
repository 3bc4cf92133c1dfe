import { betaReading, type FactorReturns } from '#domain/governance/betas.js'
import { type Correlations, clusterReading, measuredCorrelations } from '#domain/governance/clusters.js'
import { returnsRead, wantedReadings } from '#domain/governance/judge.js'
import {
  type BetaReading,
  type BetaTerms,
  type ClusterReading,
  type ClusterTerms,
  isNewReading,
  type RuleReadings,
  type ScenarioReading,
  type ScenarioTerms,
  type WantedReadings,
} from '#domain/governance/readings.js'
import { scenarioReading } from '#domain/governance/scenario-reading.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { type ScenarioHistory, scenarioSet } from '#domain/targets/scenarios.js'
import type { ScenarioSet } from '#domain/targets/source.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { Market } from '#ports/market.js'
import type { ReferenceFiles } from '#ports/reference-files.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import { type Breath, breathe } from './breath.js'
import type { Host } from './host.js'
import { Shared } from './shared.js'
import { tell } from './tell.js'

/** What inputs are made of and where they go. */
export interface RuleInputsPorts {
  readonly host: Pick<Host, 'snapshot' | 'deliver'>
  readonly market: Market
  readonly clock: Clock
  readonly log: Log
  /** Comes between two portfolios; a turn of the event loop unless given. */
  readonly breathe?: Breath
  /** Files that rules name; absent where there are none to read. */
  readonly files?: ReferenceFiles
}

/** A session, kept as long as it is the newest. */
interface Newest {
  readonly at: Instant
}

/** What is known of a portfolio that a look is for. */
type Known = Pick<PortfolioSnapshot['context'], 'policy' | 'readings'>

/** How many returns there must and may be. */
type Window = Pick<ScenarioHistory, 'minimum' | 'maximum'>

/** In order of id: the same for universes with the same names. */
const namesIn = ({ universe }: PortfolioPolicy): readonly InstrumentId[] => universe.map(({ id }) => id).sort()

/**
 * Reads what rules rest on beyond books and prices, once for each new session and policy, and takes it to the portfolios whose
 * rules ask. What portfolios have in common is worked out once, and between two of them the process gets round to other work. What
 * is no news is not journaled; what cannot be read is said in the log, once for each reason, and the rule refuses once the last
 * reading is too old. A file that could not be read is asked for again at every look.
 */
export class RuleInputs {
  /** The newest session that was looked at for a portfolio, and the policy it had then. */
  readonly #looked = new Map<PortfolioId, { readonly at: Instant; readonly policy: PortfolioPolicy }>()
  /** Why something of a portfolio is not read, as it was said in the log. */
  readonly #said = new Map<string, string>()
  /** The newest session that was looked at: what is worked out of it is kept as long. */
  #newest: Newest | null = null
  readonly #windows = new Shared<Newest, ScenarioSet>()
  readonly #scenarioReadings = new Shared<ScenarioSet, ScenarioReading>()
  /** By the digest of the returns they were measured on. */
  readonly #measured = new Shared<Newest, Correlations>()
  readonly #clusterReadings = new Shared<Correlations, ClusterReading>()
  /** Begun anew with each session: a file stays as it is for long. */
  #betaReadings = new Shared<FactorReturns, BetaReading | null>()

  constructor(private readonly ports: RuleInputsPorts) {}

  /** Looks at the newest session for portfolios that have not seen it; resolves once what is new is on disk. */
  async look(portfolios: readonly PortfolioId[]): Promise<void> {
    const at = this.ports.market.sessions(this.ports.clock.now(), 1)[0]?.at
    if (at === undefined) return
    if (this.#newest?.at !== at) {
      this.#newest = { at }
      this.#betaReadings = new Shared()
    }
    const newest = this.#newest
    const asked: Promise<void>[] = []
    for (const portfolio of portfolios) {
      const state = this.ports.host.snapshot(portfolio)?.context
      const looked = this.#looked.get(portfolio)
      if (state === undefined || (looked?.at === at && looked.policy === state.policy)) continue
      this.#looked.set(portfolio, { at, policy: state.policy })
      const wanted = wantedReadings(state.policy.governance)
      if (Object.keys(wanted).length === 0) continue
      const told = this.#tell(portfolio, state, wanted, newest)
      // What fails while others are still to be looked at is thrown once they have been.
      told.catch(() => undefined)
      asked.push(told)
      await (this.ports.breathe ?? breathe)()
    }
    await Promise.all(asked)
  }

  async #tell(portfolio: PortfolioId, state: Known, wanted: WantedReadings, newest: Newest): Promise<void> {
    const readings = this.#read(state.policy, wanted, state.readings ?? {}, newest)
    if (Object.keys(readings).length === 0) return
    if (!(await tell(this.ports.host, portfolio, { type: 'inputsRead', readings }, 'inputs')))
      this.#looked.delete(portfolio)
  }

  /** What is news of all that a policy's rules ask for. */
  #read(policy: PortfolioPolicy, wanted: WantedReadings, known: RuleReadings, newest: Newest): RuleReadings {
    const { barSize } = this.ports.market.view(newest.at)
    const clusters = wanted.clusters === undefined ? null : this.#clusters(policy, wanted.clusters, newest)
    const betas = wanted.betas === undefined ? null : this.#betas(policy, wanted.betas, newest)
    const scenarios = wanted.scenarios === undefined ? null : this.#scenarios(policy, wanted.scenarios, newest)
    const at = (maxAge = 0) => ({ maxAge, barSize })
    const news: { -readonly [Kind in keyof RuleReadings]: RuleReadings[Kind] } = {}
    if (betas !== null && isNewReading(known.betas, betas, at(wanted.betas?.maxAge))) news.betas = betas
    if (clusters !== null && isNewReading(known.clusters, clusters, at(wanted.clusters?.maxAge)))
      news.clusters = clusters
    // The window grows or moves on with every session: that alone is no news.
    const said = ({ names }: ScenarioReading) => names
    if (scenarios !== null && isNewReading(known.scenarios, scenarios, at(wanted.scenarios?.maxAge), said))
      news.scenarios = scenarios
    return news
  }

  #scenarios(policy: PortfolioPolicy, { maxReturns }: ScenarioTerms, newest: Newest): ScenarioReading | null {
    const { market } = this.ports
    // The limit is one on the loss of a day.
    if (market.view(newest.at).barSize !== '1d') return null
    const { minimum, maximum } = policy.optimiser.scenarios
    const found = this.#window(policy, { minimum, maximum }, newest)
    if (found.returns.length > maxReturns) {
      this.#miss(
        policy.id,
        'scenarios',
        `${found.returns.length} returns are more than the ${maxReturns} of max_returns`,
      )
      return null
    }
    return found.rows === 0 ? null : this.#scenarioReadings.of(found, [], () => scenarioReading(found, newest.at))
  }

  #betas(policy: PortfolioPolicy, terms: BetaTerms, newest: Newest): BetaReading | null {
    const { market, files } = this.ports
    // Returns of a factor are those of a day.
    if (terms.file === null || market.view(newest.at).barSize !== '1d') return null
    const factors = this.#load(policy.id, 'betas', () => files?.factors(terms.file!, terms) ?? null)
    if (factors === null) return null
    const read = returnsRead(policy) + 1
    const instruments = namesIn(policy)
    const how = { window: terms.window, minimum: Math.min(policy.optimiser.scenarios.minimum, terms.window) }
    return this.#betaReadings.of(factors, [newest.at, read, how, instruments], () =>
      betaReading(market.sessions(newest.at, read), instruments, factors, how),
    )
  }

  #clusters(policy: PortfolioPolicy, terms: ClusterTerms, newest: Newest): ClusterReading | null {
    const universe = new Set(policy.universe.map(({ id }) => id))
    if (universe.size > terms.maxNames) {
      this.#miss(policy.id, 'correlations', `${universe.size} names are more than the ${terms.maxNames} of max_names`)
      return null
    }
    const found =
      terms.matrix === null ? this.#measure(policy, terms, newest) : this.#loadMatrix(policy.id, terms.matrix)
    if (found === null) return null
    const { least } = terms
    return this.#clusterReadings.of(found, [least, namesIn(policy)], () => clusterReading(found, universe, least))
  }

  #measure(policy: PortfolioPolicy, { window }: ClusterTerms, newest: Newest): Correlations | null {
    const { market } = this.ports
    // Returns of a minute are correlated less than those of a day: names would look apart that fall together.
    if (market.view(newest.at).barSize === '1m') return null
    const minimum = Math.min(policy.optimiser.scenarios.minimum, window)
    const scenarios = this.#window(policy, { minimum, maximum: window }, newest)
    if (scenarios.rows < 2) return null
    return this.#measured.of(newest, [scenarios.digest], () => measuredCorrelations(scenarios, newest.at))
  }

  /** The returns of a portfolio's universe: those of one with the same names over the same window are the same. */
  #window(policy: PortfolioPolicy, { minimum, maximum }: Window, newest: Newest): ScenarioSet {
    const instruments = namesIn(policy)
    return this.#windows.of(newest, [instruments, minimum, maximum], () => {
      const sessions = this.ports.market.sessions(newest.at, maximum + 1)
      return scenarioSet({ instruments, sessions, minimum, maximum })
    })
  }

  #loadMatrix(portfolio: PortfolioId, path: string): Correlations | null {
    return this.#load(portfolio, 'correlations', () => this.ports.files?.correlations(path) ?? null)
  }

  #load<Content>(portfolio: PortfolioId, what: string, read: () => Content | null): Content | null {
    try {
      const content = read()
      this.#said.delete(`${portfolio} ${what}`)
      return content
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      // It may be mended before the next session.
      this.#looked.delete(portfolio)
      this.#miss(portfolio, what, error.message)
      return null
    }
  }

  #miss(portfolio: PortfolioId, what: string, why: string): void {
    const key = `${portfolio} ${what}`
    if (this.#said.get(key) !== why) this.ports.log.warn({ portfolio, why }, `${what} are not read`)
    this.#said.set(key, why)
  }
}

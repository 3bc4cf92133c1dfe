import { betaReading } from '#domain/governance/betas.js'
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
} from '#domain/governance/readings.js'
import { scenarioReading } from '#domain/governance/scenario-reading.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { scenarioSet } from '#domain/targets/scenarios.js'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { Market } from '#ports/market.js'
import type { ReferenceFiles } from '#ports/reference-files.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import type { Host } from './host.js'
import { tell } from './tell.js'

/** What inputs are made of and where they go. */
export interface RuleInputsPorts {
  readonly host: Pick<Host, 'snapshot' | 'deliver'>
  readonly market: Market
  readonly clock: Clock
  readonly log: Log
  /** Files that rules name; absent where there are none to read. */
  readonly files?: ReferenceFiles
}

/**
 * Reads what rules rest on beyond books and prices, once for each new session and policy, and takes it to the portfolios whose
 * rules ask. What portfolios have in common is worked out once. What is no news is not journaled; what cannot be
 * read is said in the log, and the rule refuses once the last reading is too old.
 */
export class RuleInputs {
  /** The newest session that was looked at for a portfolio, and the policy it had then. */
  readonly #looked = new Map<PortfolioId, { readonly at: Instant; readonly policy: PortfolioPolicy }>()
  /** Correlations by the digest of the returns they were measured on, those of the newest session. */
  readonly #measured = new Map<string, Correlations>()
  #newest: Instant | null = null

  constructor(private readonly ports: RuleInputsPorts) {}

  /** Looks at the newest session for portfolios that have not seen it; resolves once what is new is on disk. */
  async look(portfolios: readonly PortfolioId[]): Promise<void> {
    const newest = this.ports.market.sessions(this.ports.clock.now(), 1)[0]?.at
    if (newest === undefined) return
    if (this.#newest !== newest) this.#measured.clear()
    this.#newest = newest
    const asked = portfolios.map(async (portfolio) => {
      const state = this.ports.host.snapshot(portfolio)?.context
      const looked = this.#looked.get(portfolio)
      if (state === undefined || (looked?.at === newest && looked.policy === state.policy)) return
      this.#looked.set(portfolio, { at: newest, policy: state.policy })
      const readings = this.#read(state.policy, state.readings ?? {}, newest)
      if (Object.keys(readings).length > 0)
        await tell(this.ports.host, portfolio, { type: 'inputsRead', readings }, 'inputs')
    })
    await Promise.all(asked)
  }

  /** What is news of all that a policy's rules ask for. */
  #read(policy: PortfolioPolicy, known: RuleReadings, newest: Instant): RuleReadings {
    const wanted = wantedReadings(policy.governance)
    const { barSize } = this.ports.market.view(newest)
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

  #scenarios(policy: PortfolioPolicy, { maxReturns }: ScenarioTerms, newest: Instant): ScenarioReading | null {
    const { market } = this.ports
    // The limit is one on the loss of a day.
    if (market.view(newest).barSize !== '1d') return null
    const { minimum, maximum } = policy.optimiser.scenarios
    const instruments = policy.universe.map(({ id }) => id)
    const sessions = market.sessions(newest, maximum + 1)
    const found = scenarioSet({ instruments, sessions, minimum, maximum })
    if (found.returns.length > maxReturns) {
      this.#miss(
        policy.id,
        'scenarios',
        `${found.returns.length} returns are more than the ${maxReturns} of max_returns`,
      )
      return null
    }
    return found.rows === 0 ? null : scenarioReading(found, newest)
  }

  #betas(policy: PortfolioPolicy, terms: BetaTerms, newest: Instant): BetaReading | null {
    const { market, files } = this.ports
    // Returns of a factor are those of a day.
    if (terms.file === null || market.view(newest).barSize !== '1d') return null
    const factors = this.#load(policy.id, 'betas', () => files?.factors(terms.file!, terms) ?? null)
    if (factors === null) return null
    const sessions = market.sessions(newest, returnsRead(policy) + 1)
    const instruments = policy.universe.map(({ id }) => id)
    const minimum = Math.min(policy.optimiser.scenarios.minimum, terms.window)
    return betaReading(sessions, instruments, factors, { window: terms.window, minimum })
  }

  #clusters(policy: PortfolioPolicy, terms: ClusterTerms, newest: Instant): ClusterReading | null {
    const universe = new Set(policy.universe.map(({ id }) => id))
    if (universe.size > terms.maxNames) {
      this.#miss(policy.id, 'correlations', `${universe.size} names are more than the ${terms.maxNames} of max_names`)
      return null
    }
    const found =
      terms.matrix === null ? this.#measure(policy, terms, newest) : this.#loadMatrix(policy.id, terms.matrix)
    return found === null ? null : clusterReading(found, universe, terms.least)
  }

  #measure(policy: PortfolioPolicy, { window }: ClusterTerms, newest: Instant): Correlations | null {
    const { market } = this.ports
    // Returns of a minute are correlated less than those of a day: names would look apart that fall together.
    if (market.view(newest).barSize === '1m') return null
    const minimum = Math.min(policy.optimiser.scenarios.minimum, window)
    const sessions = market.sessions(newest, window + 1)
    const instruments = policy.universe.map(({ id }) => id)
    const scenarios = scenarioSet({ instruments, sessions, minimum, maximum: window })
    if (scenarios.rows < 2) return null
    const known = this.#measured.get(scenarios.digest) ?? measuredCorrelations(scenarios, newest)
    this.#measured.set(scenarios.digest, known)
    return known
  }

  #loadMatrix(portfolio: PortfolioId, path: string): Correlations | null {
    return this.#load(portfolio, 'correlations', () => this.ports.files?.correlations(path) ?? null)
  }

  #load<Content>(portfolio: PortfolioId, what: string, read: () => Content | null): Content | null {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.#miss(portfolio, what, error.message)
      return null
    }
  }

  #miss(portfolio: PortfolioId, what: string, why: string): void {
    this.ports.log.warn({ portfolio, why }, `${what} are not read`)
  }
}

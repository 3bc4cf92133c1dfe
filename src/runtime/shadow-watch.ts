import type { PortfolioPolicy } from '#domain/policy.js'
import type { Run } from '#domain/run.js'
import { compared, missed, type ShadowRecord } from '#domain/shadow/record.js'
import { type ScenarioHistory, scenarioSet } from '#domain/targets/scenarios.js'
import type { ScenarioSet } from '#domain/targets/source.js'
import type { Clock } from '#ports/clock.js'
import type { Log } from '#ports/log.js'
import type { Market } from '#ports/market.js'
import type { SessionBars } from '#ports/market-feed.js'
import { type Metrics, noMetrics } from '#ports/metrics.js'
import type { ShadowStore } from '#ports/shadow-store.js'
import type { Solver } from '#ports/solver.js'
import type { PortfolioId } from '#units/ids.js'
import { type Instant, later } from '#units/time.js'
import type { Staged } from './actor.js'
import { breathe } from './breath.js'
import { type ShadowRequest, shadowRun } from './shadow-run.js'
import type { OnScenarios } from './targeting.js'

/** What candidates are tried with, and where what they would have done is kept. */
export interface ShadowPorts {
  /** The candidate of a portfolio as configured now; null for none. */
  readonly candidate: (portfolio: PortfolioId) => PortfolioPolicy | null
  readonly market: Market
  readonly clock: Clock
  /** A solver that live runs do not wait for. */
  readonly solver: Pick<Solver, 'solve'>
  readonly store: ShadowStore
  readonly log: Log
  readonly metrics: Metrics
}

/** Scenarios, and what they were made from. */
interface Made {
  readonly history: ScenarioHistory
  readonly scenarios: ScenarioSet
}

/** A live run and what its candidate needs to know of it. */
interface Job extends ShadowRequest {
  readonly began: Instant
  /** Sessions there were when the live run asked for targets, oldest first. */
  readonly sessions: readonly SessionBars[]
  /** The scenarios it got; undefined where it asked for none. */
  readonly made: Made | undefined
  /** The live run as it stood last. */
  readonly live: Run
}

/**
 * Tries a portfolio's candidate on every run of the live one, beside it. Follows steps that are on disk and changes
 * nothing: it has no journal, gateway or engine to do it with. A candidate waits until the live run has its plan, then for
 * its turn: one at a time in the process, one waiting for each portfolio, where a newer run takes the place of an older.
 * Whatever goes wrong is a record and a log line.
 */
export class ShadowWatch {
  /** Live runs that wait for their targets. */
  readonly #open = new Map<PortfolioId, Job>()
  readonly #waiting = new Map<PortfolioId, Job>()
  /** Scenarios of live runs that have just asked for targets. */
  readonly #made = new Map<PortfolioId, Made>()
  #working = false
  #closed = false

  constructor(private readonly ports: ShadowPorts) {}

  /** Follows a step that is on disk. Cost: next to nothing unless a run begins in a portfolio with a candidate. */
  follow(staged: Staged): void {
    const { portfolio, entry, after } = staged
    const { event } = entry
    const open = event.type === 'triggered' ? this.#begin(staged) : this.#open.get(portfolio)
    const { run } = after.context
    if (open === undefined || run === null) return
    const live = run.id === open.live.id ? run : open.live
    if (event.type === 'solved' && event.request === open.live.id)
      this.#enqueue(portfolio, { ...open, live, answered: event })
    else if (live === run && live.status === 'OPTIMISING') this.#open.set(portfolio, open)
    else this.#enqueue(portfolio, { ...open, live })
  }

  /**
   * Remembers the scenarios of a live run for its candidate, which mostly needs the same: they are the largest part of what
   * a run costs the event loop.
   */
  readonly heedScenarios: OnScenarios = (portfolio, history, scenarios) => {
    if (!this.#closed && this.ports.candidate(portfolio) !== null) this.#made.set(portfolio, { history, scenarios })
  }

  /** True while a candidate is tried or waits to be: in simulated time, which stands still meanwhile, none is dropped. */
  busy(): boolean {
    return this.#working || this.#waiting.size > 0
  }

  /** Tries no further candidate; what comes of the one under way is let go. */
  close(): void {
    this.#closed = true
    for (const held of [this.#open, this.#waiting, this.#made]) held.clear()
  }

  /** The job of a run that begins, as far as it is known by then; undefined when none begins or there is no candidate. */
  #begin({ portfolio, entry: { event }, before, after }: Staged): Job | undefined {
    const live = after.context.run
    const made = this.#made.get(portfolio)
    this.#made.delete(portfolio)
    if (this.#closed || before === null || live === null || live.id === before.context.run?.id) return undefined
    const policy = this.ports.candidate(portfolio)
    if (policy === null || event.type !== 'triggered') return undefined
    const { market, clock } = this.ports
    const began = clock.now()
    const sessions = market.sessions(began, Number.MAX_SAFE_INTEGER)
    return { before, triggered: event, answered: null, policy, began, sessions, made, live }
  }

  #enqueue(portfolio: PortfolioId, job: Job): void {
    this.#open.delete(portfolio)
    const older = this.#waiting.get(portfolio)
    if (older !== undefined)
      void this.#keep(missed(older.live, older.policy, 'dropped', `${job.live.id} began before its turn came`))
    this.#waiting.set(portfolio, job)
    if (!this.#working) void this.#work()
  }

  async #work(): Promise<void> {
    this.#working = true
    for (let next = this.#next(); next !== undefined; next = this.#next())
      await this.#try(next).catch((error: unknown) =>
        this.ports.log.error({ error: String(error) }, 'a shadow run came to nothing'),
      )
    this.#working = false
  }

  async #try(job: Job): Promise<void> {
    // What the live run sends goes first.
    await breathe()
    const record = await this.#recordOf(job)
    if (!this.#closed) await this.#keep(record)
  }

  #next(): Job | undefined {
    const [first] = this.#waiting
    if (first === undefined) return undefined
    this.#waiting.delete(first[0])
    return first[1]
  }

  async #recordOf(job: Job): Promise<ShadowRecord> {
    const { solver, clock } = this.ports
    const started = clock.now()
    try {
      const run = await shadowRun(job, {
        // As the live run saw it, however much later its candidate's turn has come.
        market: { view: () => job.triggered.view, sessions: (_at, count) => job.sessions.slice(-count) },
        clock: { now: () => later(job.began, clock.now() - started), wake: (at, call) => clock.wake(at, call) },
        solver,
        metrics: noMetrics,
        scenarios: (history) => reused(job.made, history) ?? scenarioSet(history),
      })
      return compared(job.live, run, job.policy)
    } catch (error) {
      return missed(job.live, job.policy, 'failed', error instanceof Error ? error.message : String(error))
    }
  }

  /** Never throws: a record that cannot be kept is logged and counted. */
  async #keep(record: ShadowRecord): Promise<void> {
    const { store, metrics, log } = this.ports
    const { portfolio, run, outcome, error, difference } = record
    let counted = outcome
    try {
      await store.append(record)
      if (error !== null) log.warn({ portfolio, run, outcome, error }, 'shadow run')
    } catch (reason) {
      counted = 'failed'
      log.error({ portfolio, run, error: String(reason) }, 'a shadow run cannot be kept')
    }
    metrics.count('ballast_shadow_runs_total', { portfolio, outcome: counted })
    if (difference !== null && outcome !== 'failed')
      metrics.gauge('ballast_shadow_turnover_difference_ratio', difference.turnover, { portfolio })
  }
}

/** Scenarios that were made of the same; undefined when they were not. */
function reused(made: Made | undefined, wanted: ScenarioHistory): ScenarioSet | undefined {
  if (made === undefined) return undefined
  const { instruments, sessions, minimum, maximum } = made.history
  const same =
    minimum === wanted.minimum &&
    maximum === wanted.maximum &&
    areSame(instruments, wanted.instruments) &&
    areSame(sessions, wanted.sessions)
  return same ? made.scenarios : undefined
}

const areSame = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((item, index) => item === other[index])

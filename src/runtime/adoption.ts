import { loosened } from '#domain/loosened.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Confirmed } from '#domain/portfolio/event.js'
import { leaf, type PortfolioSnapshot, react } from '#machines/portfolio.machine.js'
import type { Log } from '#ports/log.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import type { Incarnation, PortfolioId } from '#units/ids.js'
import type { Instant } from '#units/time.js'
import type { Host } from './host.js'
import type { Origin } from './record.js'
import { assertUniverse } from './universe.js'

/** The request a change of policy came by, and who confirmed it; nothing for one that nobody asked the process for. */
export type Behind = Confirmed & { readonly inbox?: NonNullable<Origin['inbox']> }

/** A policy on its way, what its entry gives as its cause, and what is behind it. */
interface Change {
  readonly policy: PortfolioPolicy
  readonly cause: string
  readonly behind: Behind
}

/** Gives portfolios their policies: new ones at once, changed ones between runs. */
export class Adoption {
  readonly #managed = new Set<PortfolioId>()
  /** Policies that wait for the end of a run. */
  readonly #changed = new Map<PortfolioId, Change>()
  /** Portfolios whose policy is being written. */
  readonly #underWay = new Set<PortfolioId>()

  constructor(
    private readonly host: Host,
    private readonly log: Log,
  ) {}

  /** Portfolios with a policy, in id order; others in the journal only have late fills booked. */
  get portfolios(): readonly PortfolioId[] {
    return [...this.#managed].sort()
  }

  /**
   * Creates a portfolio, or gives it a changed policy: at once between runs, else when the run has ended.
   * @throws Fault `UNIVERSE_HELD` when the new universe leaves out an instrument that is still held.
   */
  async adopt(policy: PortfolioPolicy, incarnation: Incarnation): Promise<void> {
    this.#managed.add(policy.id)
    const known = this.host.snapshot(policy.id)
    if (known === undefined) {
      await this.host.deliver(policy.id, { type: 'created', policy, incarnation }, 'config')
      return
    }
    if (encode(known.context.policy) === encode(policy)) {
      // Back to the policy in force: one that waited for the end of a run is not wanted any more.
      this.#changed.delete(policy.id)
      return
    }
    assertUniverse(policy, known)
    const looser = loosened(known.context.policy, policy)
    if (looser.length > 0)
      this.log.warn({ portfolio: policy.id, loosened: looser }, 'limits are looser than those of the journal')
    this.#changed.set(policy.id, { policy, cause: 'config', behind: {} })
    await this.apply()
  }

  /**
   * Why a portfolio that is run cannot be given a policy now; null when it can. Tries the step without taking it. While a
   * run is under way its universe may not shrink: what the run is about to buy must not have left it.
   */
  refusal(policy: PortfolioPolicy, at: Instant): string | null {
    const known = this.host.snapshot(policy.id)
    if (known === undefined || !this.#managed.has(policy.id)) return `${policy.id} is not run by this process`
    try {
      assertUniverse(policy, known)
      const left = known.context.policy.universe.filter(({ id }) => !policy.universe.some((spec) => spec.id === id))
      if (leaf(known.value) === 'watching') react(known, { type: 'configured', policy, seq: 1, at, cause: 'rehearsal' })
      else if (left.length > 0)
        return `a run is under way: ${left.map(({ id }) => id).join(', ')} may leave the universe once it has ended`
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
    return null
  }

  /**
   * Gives several portfolios their policies: all, or none when one is refused. Those between runs have theirs in the
   * journal when this resolves; the others, and any that began a run first, get it at the next look between runs
   * and are answered.
   * @throws Fault `POLICY_REFUSED` (never) when any {@link refusal} is not null.
   */
  async adoptAll(
    policies: readonly PortfolioPolicy[],
    cause: string,
    at: Instant,
    behind: Behind = {},
  ): Promise<readonly PortfolioId[]> {
    for (const policy of policies) {
      const reason = this.refusal(policy, at)
      if (reason !== null) throw new Fault('POLICY_REFUSED', reason, 'never', { portfolio: policy.id })
    }
    for (const policy of policies) {
      const same = encode(this.host.snapshot(policy.id)?.context.policy) === encode(policy)
      if (same) this.#changed.delete(policy.id)
      else this.#changed.set(policy.id, { policy, cause, behind })
    }
    await this.apply()
    return [...this.#changed.keys()].sort()
  }

  /** Journals the changed policies of portfolios that are between runs. One that no longer fits is left and logged. */
  async apply(): Promise<void> {
    const given = await Promise.allSettled(
      [...this.#changed].map(([portfolio, change]) => this.#give(portfolio, change)),
    )
    // Nothing is on its way any more when this is refused: whoever asks again finds what was written.
    for (const outcome of given) if (outcome.status === 'rejected') throw outcome.reason
  }

  /**
   * Gives a portfolio its policy if nothing comes first: a run that begins meanwhile would not hear of it. A policy
   * stays {@link #changed} until it is on disk.
   */
  async #give(portfolio: PortfolioId, change: Change): Promise<void> {
    const { policy, cause, behind } = change
    const { inbox = null, ...confirmed } = behind
    const said = inbox === null ? cause : `${cause} ${inbox.key}`
    const snapshot = this.host.snapshot(portfolio)
    if (snapshot === undefined || leaf(snapshot.value) !== 'watching' || this.#underWay.has(portfolio)) return
    this.#underWay.add(portfolio)
    try {
      assertUniverse(policy, snapshot)
      await this.host.deliver(
        portfolio,
        { type: 'configured', policy, ...confirmed },
        said,
        { answers: [], inbox },
        betweenRuns,
      )
    } catch (error) {
      if (error instanceof RunFirst) return
      if (error instanceof Fault && error.code !== 'UNIVERSE_HELD') throw error
      this.log.error({ portfolio, error: String(error) }, 'the changed policy is not adopted')
    } finally {
      this.#underWay.delete(portfolio)
    }
    if (this.#changed.get(portfolio) === change) this.#changed.delete(portfolio)
  }
}

/** A run began before the policy came to be written. */
class RunFirst extends Error {
  override readonly name = 'RunFirst'
}

function betweenRuns({ value }: PortfolioSnapshot): void {
  if (leaf(value) !== 'watching') throw new RunFirst('a run began first')
}

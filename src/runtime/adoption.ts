import type { PortfolioPolicy } from '#domain/policy.js'
import { leaf } from '#machines/portfolio.machine.js'
import type { Log } from '#ports/log.js'
import { encode } from '#units/canonical.js'
import type { Incarnation, PortfolioId } from '#units/ids.js'
import type { Host } from './host.js'
import { tell } from './tell.js'
import { assertUniverse } from './universe.js'

/** Gives portfolios their policies: new ones at once, changed ones between runs. */
export class Adoption {
  readonly #managed = new Set<PortfolioId>()
  /** Policies that wait for the end of a run. */
  readonly #changed = new Map<PortfolioId, PortfolioPolicy>()

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
    if (encode(known.context.policy) === encode(policy)) return
    assertUniverse(policy, known)
    this.#changed.set(policy.id, policy)
    await this.apply()
  }

  /** Journals the changed policies of portfolios that are between runs. One that no longer fits is left and logged. */
  async apply(): Promise<void> {
    for (const [portfolio, policy] of this.#changed) {
      const snapshot = this.host.snapshot(portfolio)
      if (snapshot === undefined || leaf(snapshot.value) !== 'watching') continue
      this.#changed.delete(portfolio)
      try {
        assertUniverse(policy, snapshot)
      } catch (error) {
        this.log.error({ portfolio, error: String(error) }, 'the changed policy is not adopted')
        continue
      }
      await tell(this.host, portfolio, { type: 'configured', policy }, 'config')
    }
  }
}

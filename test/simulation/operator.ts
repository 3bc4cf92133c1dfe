import { spendableCash } from '#domain/book/evolve.js'
import type { Permission } from '#domain/portfolio/event.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'
import { type Money, money, negated } from '#units/money.js'
import type { Chance } from './chance.js'
import type { Daemon } from './daemon.js'
import { PORTFOLIOS } from './policies.js'
import type { Timeline } from './timeline.js'

/** What an operator asks for. */
type Wish =
  | { readonly verb: 'permit'; readonly to: Permission }
  | { readonly verb: 'rebalance' }
  | { readonly verb: 'deposit' | 'withdraw'; readonly cents: number }

/** A wish under its own id: asked again under the same one until it is answered. */
interface Command {
  readonly id: string
  readonly portfolio: PortfolioId
  readonly wish: Wish
}

/** What an operator works with. */
export interface OperatorOptions {
  readonly timeline: Timeline
  readonly chance: Chance
  readonly daemon: () => Daemon | null
  /** Told of every command that was answered: it must be on disk. */
  readonly answered: (portfolio: PortfolioId, key: string) => void
  /** Commands are asked until then. */
  readonly until: number
}

const AGAIN_MS = 2_500

/** A person at the controls: pauses, halts, resumes, moves cash, asks for rebalances, and insists. */
export class Operator {
  #ids = 0

  constructor(readonly options: OperatorOptions) {}

  /** Plans a command, and after one that restrains trading mostly another that permits it again. */
  plan(at: number): void {
    const { chance, timeline } = this.options
    const portfolio = chance.pick(PORTFOLIOS)
    const wish = this.#wish()
    timeline.at(at, () => this.#ask(this.#command(portfolio, wish)))
    if (wish.verb !== 'permit' || wish.to === 'active' || !chance.is(0.85)) return
    const resume = this.#command(portfolio, { verb: 'permit', to: 'active' })
    timeline.at(at + chance.whole(3_000, 60_000), () => this.#ask(resume))
  }

  #wish(): Wish {
    const { chance } = this.options
    const verb = chance.pick(['permit', 'permit', 'permit', 'rebalance', 'deposit', 'withdraw'] as const)
    if (verb === 'permit') return { verb, to: chance.pick(['halted', 'halted', 'reducing', 'paused', 'active']) }
    return verb === 'rebalance' ? { verb } : { verb, cents: chance.whole(10_000, 20_000_000) }
  }

  #command(portfolio: PortfolioId, wish: Wish): Command {
    this.#ids += 1
    return { id: `op-${this.#ids}`, portfolio, wish }
  }

  #ask(command: Command): void {
    const { timeline, until } = this.options
    const daemon = this.options.daemon()
    if (daemon?.parts.life.alive === true)
      void carryOut(daemon, command).then(
        (changed) => changed && this.options.answered(command.portfolio, `ctl:${command.id}`),
        () => undefined,
      )
    // One that was answered is asked again too: the second time must change nothing.
    if (timeline.now < until && (daemon === null || this.options.chance.is(0.5)))
      timeline.after(AGAIN_MS, () => this.#ask(command))
  }
}

/** True when it was carried out, now or before. */
async function carryOut(daemon: Daemon, { id, portfolio, wish }: Command): Promise<boolean> {
  const { engine, requests } = daemon
  const state = engine.host.snapshot(portfolio)
  if (state === undefined) return false
  const content = { ...wish }
  try {
    await requests.once<object>(
      { portfolio, id, content },
      async (key) => {
        if (wish.verb === 'permit') return engine.permit(portfolio, wish.to, 'operator', id, key)
        if (wish.verb === 'rebalance') return engine.rebalance(portfolio, 'operator', id, key)
        return engine.deposit(portfolio, amountOf(wish, spendableCash(state.context.book, true)), id, key)
      },
      () => ({}),
    )
    return true
  } catch (error) {
    if (error instanceof Fault) return false
    throw error
  }
}

/** A withdrawal takes at most half of what may be spent. */
function amountOf({ verb, cents }: Extract<Wish, { cents: number }>, spendable: Money): Money {
  const asked = money((cents / 100).toFixed(2))
  if (verb === 'deposit') return asked
  const most = spendable.lte(0) ? money('0') : money(spendable.div('2').toDecimalPlaces(2, 1))
  return negated(asked.lt(most) ? asked : most)
}

import { ask } from '#adapters/wire/exchange.js'
import { subjects } from '#adapters/wire/subjects.js'
import type { Flow } from '#daemon/control/cash.js'
import { control, type PermissionVerb } from '#daemon/control/messages.js'
import type { Bus } from '#ports/bus.js'
import { Fault } from '#units/fault.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { type Money, money } from '#units/money.js'
import type { Chance } from './chance.js'
import { PORTFOLIOS } from './policies.js'
import { NAMES } from './prices.js'
import type { Timeline } from './timeline.js'

/** What an operator asks for: of one portfolio, of everything, of a name in one portfolio or firm-wide. */
type Wish =
  | { readonly verb: PermissionVerb | 'run' | 'liquidate'; readonly portfolio: PortfolioId }
  | { readonly verb: Flow | 'invest' | 'withdraw'; readonly portfolio: PortfolioId; readonly cents: number }
  | { readonly verb: 'halt-all' }
  | (Target & { readonly verb: 'kill'; readonly level: 'reducing' | 'halted' })
  | (Target & { readonly verb: 'unkill' })

interface Target {
  readonly instrument: InstrumentId | null
  readonly portfolio: PortfolioId | null
}

/** A wish under its own id: asked again under the same one until it is answered, and now and then after that. */
interface Command {
  readonly id: string
  readonly wish: Wish
}

/** What an operator works with. */
export interface OperatorOptions {
  readonly timeline: Timeline
  readonly chance: Chance
  /** The line to the daemon. */
  readonly bus: Bus
  /** Told of every command that was carried out: it must be on disk. */
  readonly answered: (portfolio: PortfolioId, key: string) => void
  /** Whether some of a portfolio's runs are asked to go all the way to the targets: where it trades less far by itself. */
  readonly wholeWay: (portfolio: PortfolioId) => boolean
  /** Begins the ids of commands: no two people share one. */
  readonly ids: string
  /** Commands are asked until then. */
  readonly until: number
}

const AGAIN_MS = 2_500
/** Every other command: drawing it would make other histories of those without it. */
const EVEN = /[02468]$/
/** Longest from a run's beginning to a stop that it made somebody wish for. */
export const STOP_MS = 300
const ANSWER_MS = 6_000

/**
 * A person at the controls, on the wire as `ballast` is: pauses, reduces, halts, kills names and the firm, lets trade
 * again, moves cash, asks for runs of every type, and insists.
 */
export class Operator {
  #ids = 0

  constructor(readonly options: OperatorOptions) {}

  /** Plans a command, and after one that restrains trading mostly another that permits it again. */
  plan(at: number): void {
    this.#plan(at, this.#wish())
  }

  /** Plans a run that moves cash, or a payment of it; after a liquidation mostly a resume. */
  moveCash(at: number): void {
    const { chance } = this.options
    const portfolio = chance.pick(PORTFOLIOS)
    const verb = chance.pick(ERRANDS)
    if (verb === 'liquidate') this.#plan(at, { verb, portfolio })
    else this.#plan(at, { verb, portfolio, cents: chance.whole(10_000, 60_000_000) })
  }

  /** Asks for cash out within a moment: some part of what is there, whatever it was promised to. */
  takeOut(portfolio: PortfolioId, cash: Money): void {
    const { chance, timeline } = this.options
    const cents = Math.floor(cash.toNumber() * chance.whole(20, 100))
    if (cents > 0) this.#plan(timeline.now + chance.whole(0, STOP_MS), { verb: 'payout', portfolio, cents })
  }

  /** Stops what a portfolio has just begun, or plans to a moment later. */
  stop(portfolio: PortfolioId): void {
    const { chance, timeline } = this.options
    const instrument = chance.pick(NAMES)
    const wishes: readonly Wish[] = [
      { verb: 'halt', portfolio },
      { verb: 'reduce', portfolio },
      { verb: 'kill', instrument: null, portfolio: null, level: 'reducing' },
      { verb: 'kill', instrument, portfolio, level: chance.pick(['reducing', 'halted']) },
    ]
    this.#plan(timeline.now + chance.whole(0, STOP_MS), chance.pick(wishes))
  }

  #plan(at: number, wish: Wish): void {
    const { chance, timeline } = this.options
    const command = this.#command(wish)
    timeline.at(at, () => void this.#ask(command))
    const undo = undoing(command.wish)
    if (undo.length === 0 || !chance.is(0.85)) return
    const after = at + chance.whole(3_000, 60_000)
    for (const wish of undo) {
      const again = this.#command(wish)
      timeline.at(after, () => void this.#ask(again))
    }
  }

  #wish(): Wish {
    const { chance } = this.options
    const portfolio = chance.pick(PORTFOLIOS)
    const verb = chance.pick(VERBS)
    if (verb === 'halt-all') return { verb }
    if (verb === 'deposit' || verb === 'payout') return { verb, portfolio, cents: chance.whole(10_000, 2_000_000) }
    if (verb !== 'kill') return { verb, portfolio }
    const instrument = chance.is(0.3) ? null : chance.pick(NAMES)
    const own = instrument !== null && chance.is(0.5)
    return { verb, instrument, portfolio: own ? portfolio : null, level: chance.pick(['reducing', 'halted']) }
  }

  #command(wish: Wish): Command {
    this.#ids += 1
    return { id: `${this.options.ids}-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`, wish }
  }

  async #ask(command: Command): Promise<void> {
    const { timeline, until, chance, answered } = this.options
    const done = await this.#carriedOut(command).catch((error: unknown) => {
      if (error instanceof Fault) return null
      throw error
    })
    for (const portfolio of done ?? []) answered(portfolio as PortfolioId, `ctl:${command.id}`)
    // One that was answered is asked again too: the second time must change nothing.
    if (timeline.now < until && chance.is(done === null ? 0.9 : 0.4))
      timeline.after(AGAIN_MS, () => void this.#ask(command))
  }

  /** The portfolios whose journal it must be in now. */
  async #carriedOut({ id, wish }: Command): Promise<readonly string[]> {
    const { bus } = this.options
    const signed = { request_id: id, actor: 'operator', reason: `wants ${wish.verb}` }
    switch (wish.verb) {
      case 'halt-all': {
        const asked = { scope: 'all' as const, ...signed }
        const { halted } = await ask(bus, control.halt, subjects.control('halt'), asked, ANSWER_MS)
        return halted.map(({ portfolio }) => portfolio)
      }
      case 'kill':
      case 'unkill': {
        const { verb, ...target } = wish
        const { changed } = await ask(bus, control[verb], subjects.control(verb), { ...target, ...signed }, ANSWER_MS)
        return changed.map(({ portfolio }) => portfolio)
      }
      case 'invest':
      case 'withdraw':
      case 'deposit':
      case 'payout': {
        const amount = money((wish.cents / 100).toFixed(2)).toFixed(2)
        const on = subjects.portfolio(wish.portfolio, wish.verb)
        const asked = { ...signed, amount }
        const flows = wish.verb === 'deposit' || wish.verb === 'payout'
        if (flows) return [(await ask(bus, control.cash, on, asked, ANSWER_MS)).portfolio]
        return [(await ask(bus, control.cashRun, on, asked, ANSWER_MS)).portfolio]
      }
      case 'run': {
        const on = subjects.portfolio(wish.portfolio, wish.verb)
        const to = this.options.wholeWay(wish.portfolio) && EVEN.test(id) ? { to: 'target' as const } : {}
        return [(await ask(bus, control.rebalance, on, { ...signed, ...to }, ANSWER_MS)).portfolio]
      }
      case 'liquidate': {
        const on = subjects.portfolio(wish.portfolio, wish.verb)
        return [(await ask(bus, control.run, on, signed, ANSWER_MS)).portfolio]
      }
      default: {
        const on = subjects.portfolio(wish.portfolio, wish.verb)
        const { portfolio, changed } = await ask(bus, control.permit, on, signed, ANSWER_MS)
        return changed ? [portfolio] : []
      }
    }
  }
}

const VERBS = [
  ...(['halt', 'halt', 'reduce', 'pause', 'resume', 'halt-all'] as const),
  ...(['kill', 'kill', 'kill', 'run', 'run', 'deposit', 'payout'] as const),
] as const

/** What moves cash. */
const ERRANDS = ['invest', 'invest', 'withdraw', 'withdraw', 'withdraw', 'payout', 'deposit', 'liquidate'] as const

/** What lets trade again what a wish keeps from it. */
function undoing(wish: Wish): readonly Wish[] {
  const resume = (portfolio: PortfolioId): Wish => ({ verb: 'resume', portfolio })
  if (wish.verb === 'halt-all') return PORTFOLIOS.map(resume)
  if (wish.verb === 'kill') return [{ verb: 'unkill', instrument: wish.instrument, portfolio: wish.portfolio }]
  const stops: readonly Wish['verb'][] = ['halt', 'reduce', 'pause', 'liquidate']
  return 'portfolio' in wish && wish.portfolio !== null && stops.includes(wish.verb) ? [resume(wish.portfolio)] : []
}

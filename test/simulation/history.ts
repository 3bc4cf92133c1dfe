import type { Solver } from '#ports/solver.js'
import type { PortfolioId } from '#units/ids.js'
import { sumsOf } from './account.js'
import { Approver } from './approver.js'
import { Chance } from './chance.js'
import { ended, unfinished } from './ending.js'
import { Herald } from './herald.js'
import type { Layers } from './layers.js'
import { Operator, type OperatorOptions, STOP_MS } from './operator.js'
import { DEADLINES, hasApprovals, hasRegimes, hasVolatility, PORTFOLIOS, policyFor } from './policies.js'
import { sessionsOf, WARM_UP } from './prices.js'
import { PROFILES, type ProfileName, profileOf, type Trouble, without } from './profile.js'
import { VolatilityIndex } from './volatility.js'
import type { Violation } from './witness-options.js'
import { World } from './world.js'

/** A history to be lived through. */
export interface Setup {
  readonly seed: number
  /** Default: the one the seed stands for. */
  readonly profile?: ProfileName
  readonly without?: readonly Trouble[]
  readonly layers?: Layers
  readonly solver: Solver
  /** Told of everything that happens, in order. */
  readonly trace?: (at: number, line: string) => void
}

/** How a history ended. */
export interface Outcome {
  readonly seed: number
  readonly profile: ProfileName
  readonly violations: readonly Violation[]
  /** Heads of the journals: equal for equal histories. */
  readonly heads: Readonly<Record<PortfolioId, string>>
  readonly steps: number
  readonly runs: number
  readonly orders: number
  readonly lives: number
}

/** 2 January 2024, 21:00 UTC. */
const START = Date.UTC(2024, 0, 2, 21)
/** Longest from one session's close to the next. */
const SESSION_MS = [35_000, 80_000] as const
/** One history in so many is replayed from its first entry at its end, and compared by the engine itself. */
const THOROUGH = 8
/**
 * When every order must have ended once faults have stopped, on a clock that was never set back: its own deadline, the longest
 * back-off of an order, of a report and of a take-over, and a margin. A run has five phases with such a deadline.
 */
const ORDER_MS = DEADLINES.fillMs + 30_000 + 30_000 + 30_000
const RUN_MS = 5 * (DEADLINES.fillMs + 5_000) + 90_000 + 60_000 + Math.max(...DEADLINES.approvalMs)

/** Where cash is moved, the share of runs in whose buys somebody asks for cash out. */
const PAID_OUT = 0.3
/** Of the runs that are stopped as they begin, the share that is by the kill file. */
const BY_FILE = 0.2

/** The longest pause between two questions to a gateway that promises nothing. */
const PATIENCE_MS = 30 * 60_000

/** Lives through a history: trouble first, then calm until all is at rest, then the books are compared with the truth. */
export async function simulate(setup: Setup): Promise<Outcome> {
  const { seed, profile: name = profileOf(setup.seed) } = setup
  const profile = without(PROFILES[name], setup.without ?? [])
  const world: World = new World({
    ...{ seed, profile, start: START, solver: setup.solver },
    ...(setup.layers === undefined ? {} : { layers: setup.layers }),
    trace: (line) => setup.trace?.(world.timeline.now - START, line()),
  })
  const plan = new Chance(seed, 'plan')
  const sessionMs = plan.within(SESSION_MS)
  const count = plan.within(profile.sessions)
  const end = START + count * sessionMs
  // Where nothing is promised, only the day's end settles an order: it is seen by the next session.
  const sessions = sessionsOf(
    seed,
    profile.prices,
    profile.weak ? count + 1 : count,
    (number) => START + number * sessionMs,
  )
  for (const session of sessions.slice(0, WARM_UP)) world.close({ ...session, lagMs: 0 })
  for (const session of sessions.slice(WARM_UP)) world.timeline.at(session.truth.at, () => world.close(session))
  trouble(world, plan, end)
  world.startGateway()
  world.startDaemon()
  await world.timeline.until(end)
  await rest(world)
  await ended(world, seed % THOROUGH === 0)
  return outcomeOf(world, seed, name)
}

/** Plans everything that goes wrong, and what people do. */
function trouble(world: World, plan: Chance, end: number): void {
  const { timeline, net } = world
  const { profile } = world.options
  const moments = (count: number): number[] => Array.from({ length: count }, () => plan.whole(START, end - 1))
  for (const at of moments(plan.within(profile.daemonKills))) {
    const touches = plan.is(0.3) ? 1 : plan.whole(1, 80)
    timeline.at(at, () => world.daemon?.parts.life.burn(touches))
  }
  for (const at of moments(plan.within(profile.gatewayKills))) timeline.at(at, () => world.killGateway())
  for (const at of moments(plan.within(profile.net.cuts))) {
    const kind = plan.pick(['known', 'silent'] as const)
    const ms = plan.within(profile.net.cutMs)
    timeline.at(at, () => {
      net.cut = kind
    })
    timeline.at(Math.min(at + ms, end), () => {
      net.cut = null
    })
  }
  for (const at of moments(plan.within(profile.clock.jumps))) {
    const ms = plan.within(profile.clock.jumpMs)
    timeline.at(at, () => {
      world.machine.errorMs += ms
    })
  }
  for (const at of moments(plan.within(profile.configurations))) {
    const portfolio = plan.pick(PORTFOLIOS)
    timeline.at(at, () => world.configure(portfolio))
  }
  const person = <P>(name: string, ids: string, Kind: new (options: OperatorOptions) => P): P =>
    new Kind({
      ...{ timeline, chance: new Chance(world.options.seed, name), ids, bus: world.operators, until: end },
      wholeWay: (portfolio) => policyFor(world.options.seed, portfolio, 0).tradeTo !== undefined,
      answered: (portfolio, key) => {
        if (world.image.reader.inbox(portfolio, key) === undefined)
          world.witness.broken('I9', `${portfolio}: command ${key} was answered and is not on disk`)
      },
    })
  const operator = person('operator', '00000000', Operator)
  const watcher = person('watcher', '00000001', Operator)
  const treasurer = person('treasurer', '00000002', Operator)
  const errands = new Chance(world.options.seed, 'errands')
  const greed = profile.treasury[1] > 0 ? PAID_OUT : 0
  const wary = new Chance(world.options.seed, 'wary')
  const file = new Chance(world.options.seed, 'kill file')
  const approver = hasApprovals(world.options.seed) ? person('approver', '00000003', Approver) : null
  if (hasRegimes(world.options.seed)) person('herald', '00000004', Herald).begin()
  if (hasVolatility(world.options.seed)) person('index', '00000005', VolatilityIndex).begin()
  world.onStep = ({ entry: { event, portfolio }, run }) => {
    if (run?.status === 'AWAITING_APPROVAL') approver?.asked(run)
    if (run?.status === 'BUYING' && !world.calm && errands.is(greed))
      treasurer.takeOut(portfolio, sumsOf(world.witness.account(portfolio)).cash)
    if (event.type !== 'triggered' || world.calm || !wary.is(profile.stopped)) return
    if (!wary.is(BY_FILE)) return watcher.stop(portfolio)
    const at = timeline.now + wary.whole(0, STOP_MS)
    timeline.at(at, () => world.placeKill(`stops ${portfolio}`))
    timeline.at(Math.min(at + wary.within(profile.killFile.ms), end), () => world.takeKill())
  }
  for (const at of moments(plan.within(profile.commands))) operator.plan(at)
  for (let count = errands.within(profile.treasury); count > 0; count -= 1)
    treasurer.moveCash(errands.whole(START, end - 1))
  for (let times = file.within(profile.killFile.times); times > 0; times -= 1) {
    // One that is there before anything else: a daemon must start with it as well.
    const at = file.is(0.2) ? START : file.whole(START, end - 1)
    timeline.at(at, () => world.placeKill(`wanted ${times}`))
    timeline.at(Math.min(at + file.within(profile.killFile.ms), end), () => world.takeKill())
  }
}

/** Faults stop; every order ends within its time, every run within its own (invariant I6). */
async function rest(world: World): Promise<void> {
  const { timeline, witness } = world
  world.becalm()
  const since = timeline.now
  const patience = world.lateMs + (world.supports.tombstones ? 0 : PATIENCE_MS)
  const [orderMs, runMs] = [ORDER_MS + patience, RUN_MS + patience]
  let due = false
  while (unfinished(world) !== null) {
    const orders = unfinished(world, true)
    if (!due && timeline.now - since > orderMs && orders !== null) {
      due = true
      witness.broken('I6', `${orderMs / 1000} s after faults stopped: ${orders}`)
    }
    if (timeline.now - since > runMs) {
      witness.broken('I6', `${runMs / 1000} s after faults stopped: ${unfinished(world)}`)
      return
    }
    await timeline.until(timeline.now + 1_000)
  }
}

function outcomeOf(world: World, seed: number, profile: ProfileName): Outcome {
  const reader = world.image.reader
  const heads = Object.fromEntries(reader.portfolios().map((id) => [id, reader.head(id).hash]))
  return {
    seed,
    profile,
    violations: world.witness.violations,
    heads,
    steps: world.witness.steps,
    runs: reader.portfolios().reduce((sum, id) => sum + reader.runs(id).length, 0),
    orders: world.exchange.orders.length,
    lives: world.lives,
  }
}

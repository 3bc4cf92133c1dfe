import type { BustHabits } from './busts.js'
import type { Range } from './chance.js'
import type { Habits } from './fate.js'
import { FAIR, type Weather } from './net.js'

/** What a history may meet, each as a share of occasions unless said otherwise. */
export interface Profile {
  readonly sessions: Range
  readonly net: Weather & {
    /** Cuts of the network in a history, and how long each lasts. */
    readonly cuts: Range
    readonly cutMs: Range
  }
  /** Kills of the daemon and of the gateway in a history. */
  readonly daemonKills: Range
  readonly gatewayKills: Range
  readonly disk: { readonly ms: Range; readonly slow: number; readonly slowMs: Range; readonly fails: number }
  readonly clock: { readonly jumps: Range; readonly jumpMs: Range }
  readonly solver: { readonly ms: Range; readonly hangs: number; readonly fails: number; readonly lies: number }
  readonly venue: Habits
  readonly busts: BustHabits
  /** Whether the gateway promises less than it might: each seed draws what. */
  readonly weak: boolean
  /** Commands of an operator and changed configurations in a history. */
  readonly commands: Range
  readonly configurations: Range
  /** Runs that somebody asks for to move cash: to invest, to free it, to turn everything into it. */
  readonly treasury: Range
  /** Share of runs that somebody who watches stops as they begin. */
  readonly stopped: number
  /** How often the kill file appears, and how long it stays. */
  readonly killFile: { readonly times: Range; readonly ms: Range }
  /** Prices that are missing, no number, or wrong by a factor, as the daemon hears them. */
  readonly prices: {
    readonly missing: number
    readonly nonsense: number
    readonly wrong: number
    readonly lagMs: Range
  }
}

const NEVER: Range = [0, 0]

const CALM: Profile = {
  sessions: [2, 3],
  net: { ...FAIR, delayMs: [1, 20], cuts: NEVER, cutMs: NEVER },
  daemonKills: NEVER,
  gatewayKills: NEVER,
  disk: { ms: [1, 3], slow: 0, slowMs: NEVER, fails: 0 },
  clock: { jumps: NEVER, jumpMs: NEVER },
  solver: { ms: [5, 50], hangs: 0, fails: 0, lies: 0 },
  venue: {
    rejected: 0,
    afterMs: [20, 2_000],
    pieces: [1, 3],
    rests: 0,
    overfills: 0,
    endFirst: 0,
    repeats: 0,
    conflicts: 0,
    fillsInCancel: 0,
    fillsAfterCancel: 0,
  },
  busts: { taken: 0, afterMs: NEVER, first: 0, untold: 0 },
  weak: false,
  commands: [0, 1],
  configurations: [0, 1],
  treasury: NEVER,
  stopped: 0,
  killFile: { times: NEVER, ms: [200, 30_000] },
  prices: { missing: 0, nonsense: 0, wrong: 0, lagMs: [10, 500] },
}

const ROUGH: Weather = {
  delayMs: [1, 40],
  slow: 0.05,
  slowMs: [100, 16_000],
  slowOrders: 0.1,
  drop: 0.06,
  duplicate: 0.06,
}

/** A broker that keeps the port's promises and has every bad habit it leaves room for. */
const BROKER: Habits = {
  rejected: 0.08,
  afterMs: [0, 9_000],
  pieces: [1, 4],
  rests: 0.15,
  overfills: 0,
  endFirst: 0.25,
  repeats: 0.2,
  conflicts: 0,
  fillsInCancel: 0.3,
  fillsAfterCancel: 0,
}

/** Executions are taken back while their order trades, after it, after its run, and before anybody has heard of them. */
const BUSTS: BustHabits = { taken: 0.15, afterMs: [0, 60_000], first: 0.2, untold: 0.3 }

const NET: Profile = { ...CALM, net: { ...ROUGH, cuts: [0, 2], cutMs: [500, 40_000] }, gatewayKills: [0, 1] }
const KILLS: Profile = { ...CALM, daemonKills: [1, 4], gatewayKills: [0, 2], commands: [0, 3] }
const STORM: Profile = {
  ...CALM,
  net: NET.net,
  daemonKills: [0, 3],
  gatewayKills: [0, 1],
  disk: { ms: [1, 8], slow: 0.02, slowMs: [50, 3_000], fails: 0.001 },
  clock: { jumps: [0, 1], jumpMs: [-5_000, 5_000] },
  solver: { ms: [5, 1_500], hangs: 0.05, fails: 0.05, lies: 0.05 },
  venue: BROKER,
  busts: { ...BUSTS, taken: 0.03 },
  commands: [0, 4],
  configurations: [0, 2],
  killFile: { times: [0, 1], ms: [200, 30_000] },
  prices: { missing: 0.03, nonsense: 0.03, wrong: 0.01, lagMs: [10, 3_000] },
}

/** Every kind of history. */
export const PROFILES = {
  calm: CALM,
  net: NET,
  kills: KILLS,
  disk: { ...KILLS, disk: { ms: [1, 20], slow: 0.08, slowMs: [50, 5_000], fails: 0.01 } },
  clock: { ...CALM, clock: { jumps: [1, 4], jumpMs: [-90_000, 90_000] }, daemonKills: [0, 1] },
  solver: { ...CALM, solver: { ms: [5, 4_000], hangs: 0.25, fails: 0.25, lies: 0.25 }, daemonKills: [0, 1] },
  broker: { ...CALM, venue: BROKER, commands: [0, 3] },
  /** A broker that breaks its word: more than was ordered, fills after a cancel, one id with two contents. */
  faithless: {
    ...STORM,
    venue: { ...BROKER, overfills: 0.05, conflicts: 0.02, fillsAfterCancel: 0.3 },
  },
  /** The gateway is gone for minutes. */
  outage: { ...KILLS, sessions: [3, 5], net: { ...ROUGH, cuts: [1, 1], cutMs: [120_000, 400_000] }, venue: BROKER },
  /** Messages take so long that whole lives, halts and promises overtake them. */
  jam: {
    ...STORM,
    net: { ...ROUGH, slow: 0.02, slowMs: [1_000, 14_000], slowOrders: 0.5, cuts: NEVER, cutMs: NEVER },
    commands: [2, 6],
    venue: { ...CALM.venue, rests: 0.2 },
    solver: CALM.solver,
  },
  prices: { ...CALM, prices: { missing: 0.15, nonsense: 0.1, wrong: 0.05, lagMs: [10, 20_000] }, daemonKills: [0, 1] },
  busts: { ...CALM, daemonKills: [0, 2], gatewayKills: [0, 1], venue: BROKER, busts: BUSTS, commands: [0, 2] },
  /** People and the kill file stop trading and let it go on, all the while; and while a slow disk still writes what they stop. */
  halts: {
    ...KILLS,
    daemonKills: [0, 2],
    disk: { ms: [1, 20], slow: 0.1, slowMs: [50, 3_000], fails: 0 },
    commands: [4, 10],
    stopped: 0.5,
    killFile: { times: [0, 2], ms: [200, 30_000] },
    venue: BROKER,
  },
  /**
   * A gateway that promises less. No message is late or comes twice: one that takes an id twice would trade twice, and
   * nobody on this side of it could help.
   */
  weak: {
    ...CALM,
    net: { ...ROUGH, slow: 0, slowOrders: 0, duplicate: 0, cuts: [0, 3], cutMs: [500, 30_000] },
    ...{ daemonKills: [0, 2], gatewayKills: [0, 1], commands: [0, 2], weak: true },
    venue: BROKER,
    busts: { ...BUSTS, taken: 0.03 },
  },
  storm: STORM,
  /** Somebody moves cash about all the while, under processes that are killed and a broker with every habit. */
  cash: {
    ...KILLS,
    ...{ daemonKills: [0, 2], gatewayKills: [0, 1], treasury: [4, 9] },
    disk: { ms: [1, 10], slow: 0.05, slowMs: [50, 3_000], fails: 0 },
    venue: BROKER,
    busts: { ...BUSTS, taken: 0.03 },
    prices: { missing: 0.05, nonsense: 0.02, wrong: 0, lagMs: [10, 3_000] },
  },
} as const satisfies Readonly<Record<string, Profile>>

/** The name of a profile. */
export type ProfileName = keyof typeof PROFILES

/** Kinds of trouble that can be taken out of a history, to find those that a failure needs. */
export const TROUBLES = [
  'cuts',
  'weather',
  'daemonKills',
  'gatewayKills',
  'disk',
  'clock',
  'solver',
  'venue',
  'busts',
  'weak',
  'commands',
  'configurations',
  'killFile',
  'prices',
] as const

/** See {@link TROUBLES}. */
export type Trouble = (typeof TROUBLES)[number]

/** The profile with some troubles taken out. */
export function without(profile: Profile, troubles: readonly Trouble[]): Profile {
  let left = profile
  for (const trouble of troubles)
    if (trouble === 'cuts') left = { ...left, net: { ...left.net, cuts: NEVER } }
    else if (trouble === 'weather') left = { ...left, net: { ...left.net, ...FAIR } }
    else if (trouble === 'commands') left = { ...left, commands: NEVER, treasury: NEVER, stopped: 0 }
    else left = { ...left, [trouble]: trouble === 'configurations' ? NEVER : CALM[trouble] }
  return left
}

/** How many histories of ten meet each profile when none is asked for. */
const MIX: readonly ProfileName[] = [
  ...(['storm', 'storm', 'storm', 'storm', 'kills', 'kills', 'cash', 'net', 'net', 'broker', 'broker'] as const),
  ...([
    'disk',
    'solver',
    'clock',
    'outage',
    'jam',
    'jam',
    'prices',
    'faithless',
    'faithless',
    'busts',
    'halts',
    'weak',
    'calm',
  ] as const),
]

/** The profile of a seed when none is asked for. */
export const profileOf = (seed: number): ProfileName => MIX[seed % MIX.length]!

import { describe, expect, it } from 'vitest'
import { conduct } from '#daemon/simulation/conduct.js'
import type { Player, Rest, Step } from '#daemon/simulation/player.js'
import type { SessionBars } from '#ports/market-feed.js'
import { type Instant, instant, sessionDate } from '#units/time.js'

const session = (number: number): SessionBars => ({
  session: sessionDate(`2020-01-0${number}`),
  at: instant(number * 1_000),
  closes: {},
})
const SESSIONS = [session(1), session(2), session(3)]

/** A player with deadlines of its own; every step and deadline is work. */
class Scripted implements Player {
  readonly heard: string[] = []
  readonly deadlines: number[]
  steps = 0
  /** Answers that it is still working, that many times. */
  busy = 0
  settled = true

  constructor(deadlines: readonly number[] = []) {
    this.deadlines = [...deadlines].sort((a, b) => a - b)
  }

  async tick({ at, phase, session: number }: Step): Promise<Rest> {
    while ((this.deadlines[0] ?? Number.POSITIVE_INFINITY) <= at) {
      this.heard.push(`deadline ${this.deadlines.shift()}`)
      this.steps += 1
    }
    if (phase !== 'time') {
      this.heard.push(`${phase} ${number} at ${at}`)
      this.steps += 1
    }
    if (this.busy > 0) {
      this.busy -= 1
      this.steps += 1
      return { taken: true, quiet: false, settled: this.settled, steps: this.steps, next: null }
    }
    const next = this.deadlines[0]
    return {
      taken: true,
      quiet: true,
      settled: this.settled,
      steps: this.steps,
      next: next === undefined ? null : instant(next),
    }
  }
}

const play = (players: readonly Player[], changes: Partial<Parameters<typeof conduct>[0]> = {}) =>
  conduct({ players, sessions: SESSIONS, from: 0, signal: new AbortController().signal, ...changes })

const PLAIN = [1, 2, 3].flatMap((number) =>
  ['bars', 'pulse', 'mark'].map((phase) => `${phase} ${number} at ${number * 1_000}`),
)

describe('conducting simulated time', () => {
  it('takes every player through bars, pulse and mark of every session', async () => {
    const [one, two] = [new Scripted(), new Scripted()]
    await play([one, two])
    expect(one.heard).toEqual(PLAIN)
    expect(two.heard).toEqual(PLAIN)
  })

  it('shows a session before it tells of it, and says when it is closed', async () => {
    const order: string[] = []
    const player = new Scripted()
    await play([player], {
      show: (_bars, number) => order.push(`shown ${number} after ${player.heard.length}`),
      onSession: (_bars, number, total) => order.push(`closed ${number} of ${total} after ${player.heard.length}`),
    })
    expect(order).toEqual([
      'shown 1 after 0',
      'closed 1 of 3 after 3',
      'shown 2 after 3',
      'closed 2 of 3 after 6',
      'shown 3 after 6',
      'closed 3 of 3 after 9',
    ])
  })

  it('stops at each deadline in between, in order of time over all players', async () => {
    const heard: string[] = []
    const [one, two] = [new Scripted([1_300, 1_700]), new Scripted([1_500])]
    for (const [name, player] of [['one', one] as const, ['two', two] as const]) {
      const push = player.heard.push.bind(player.heard)
      player.heard.push = (line: string) => {
        heard.push(`${name} ${line}`)
        return push(line)
      }
    }
    await play([one, two], { sessions: SESSIONS.slice(0, 2) })
    expect(heard.filter((line) => line.includes('deadline'))).toEqual([
      'one deadline 1300',
      'two deadline 1500',
      'one deadline 1700',
    ])
  })

  it('waits until all are quiet and nothing was done between two answers', async () => {
    const [one, two] = [new Scripted(), new Scripted()]
    two.busy = 3
    const seen: number[] = []
    const watched: Player = {
      tick: async (step) => {
        seen.push(two.steps)
        return one.tick(step)
      },
    }
    await play([watched, two], { sessions: SESSIONS.slice(0, 1) })
    expect(one.heard).toEqual(['bars 1 at 1000', 'pulse 1 at 1000', 'mark 1 at 1000'])
    // Work the second does while the first is asked is seen in a later round, before anything else happens.
    expect(seen.at(-1)).toBe(two.steps)
    expect(two.busy).toBe(0)
  })

  it('sends a step again to whoever was too busy for it, and asks the others meanwhile', async () => {
    const one = new Scripted()
    const two = new Scripted()
    let refusals = 3
    const tick = two.tick.bind(two)
    two.tick = async (step) => {
      if (step.phase !== 'pulse' || refusals === 0) return tick(step)
      refusals -= 1
      return { ...(await tick({ ...step, phase: 'time' })), taken: false, quiet: refusals > 0 }
    }
    let asked = 0
    const counted: Player = {
      tick: (step) => {
        if (refusals > 0 && refusals < 3) asked += 1
        return one.tick(step)
      },
    }
    await play([counted, two], { sessions: SESSIONS.slice(0, 1) })
    expect(one.heard).toEqual(PLAIN.slice(0, 3))
    expect(two.heard).toEqual(PLAIN.slice(0, 3))
    expect(asked).toBe(2)
  })

  it('closes a session only once retries are through, though never past the next session', async () => {
    const waiting = new Scripted([1_400])
    waiting.settled = false
    const tick = waiting.tick.bind(waiting)
    waiting.tick = async (step) => {
      const rest = await tick(step)
      waiting.settled = waiting.deadlines.length === 0
      return { ...rest, settled: waiting.settled }
    }
    await play([waiting], { sessions: SESSIONS.slice(0, 2) })
    expect(waiting.heard.slice(0, 4)).toEqual(['bars 1 at 1000', 'pulse 1 at 1000', 'deadline 1400', 'mark 1 at 1400'])

    const never = new Scripted([5_000])
    never.settled = false
    await play([never], { sessions: SESSIONS.slice(0, 2) })
    expect(never.heard).toContain('mark 1 at 1000')
    expect(never.heard).toContain('bars 2 at 2000')
  })

  it('goes on where it is told to, and ends at once when aborted', async () => {
    const later = new Scripted()
    await play([later], { from: 2 })
    expect(later.heard).toEqual(PLAIN.slice(6))
    const stop = new AbortController()
    const player = new Scripted()
    await play([player], { signal: stop.signal, onSession: () => stop.abort() })
    expect(player.heard).toEqual(PLAIN.slice(0, 3))
  })

  it('never lets time go back', async () => {
    const times: Instant[] = []
    const player = new Scripted([1_100, 1_100, 2_500])
    const tick = player.tick.bind(player)
    player.tick = (step) => {
      times.push(step.at)
      return tick(step)
    }
    await play([player])
    expect([...times].sort((a, b) => a - b)).toEqual(times)
  })
})

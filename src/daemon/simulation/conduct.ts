import type { SessionBars } from '#ports/market-feed.js'
import { type Instant, instant } from '#units/time.js'
import type { Phase, Player, Rest } from './player.js'

/** What to conduct. */
export interface Concert {
  readonly players: readonly Player[]
  readonly sessions: readonly SessionBars[]
  /** Index of the session to begin with. */
  readonly from: number
  readonly signal: AbortSignal
  /** Makes a session's bars known, before the players are told of it. */
  readonly show?: (bars: SessionBars, number: number) => void
  /** A session is closed. */
  readonly onSession?: (bars: SessionBars, number: number, total: number) => void
  /** Called after each session; pauses as long as the pace asks for. */
  readonly pace?: () => Promise<void>
}

/**
 * Moves simulated time for every player together: to the next deadline or session only when all of them are at rest,
 * so the same sessions give the same history. Each session: its bars, one look at the market, and once nothing waits for
 * an answer any more its close. Returns early when aborted, never with half a step. See docs/adr/0010.
 */
export async function conduct(concert: Concert): Promise<void> {
  const { sessions, from } = concert
  const first = sessions[from]
  if (first === undefined) return
  const conductor = new Conductor(concert, first.at)
  for (let index = from; index < sessions.length; index += 1) {
    const bars = sessions[index]!
    const until = sessions[index + 1]?.at ?? null
    if (!(await conductor.play(bars, index + 1, until))) return
    concert.onSession?.(bars, index + 1, sessions.length)
    await concert.pace?.()
  }
}

class Conductor {
  #session = 0

  constructor(
    private readonly concert: Concert,
    private now: Instant,
  ) {}

  /** One session; false when aborted in it. */
  async play(bars: SessionBars, number: number, until: Instant | null): Promise<boolean> {
    if (!(await this.#elapse(bars.at))) return false
    this.concert.show?.(bars, number)
    this.#session = number
    for (const phase of ['bars', 'pulse'] as const) if ((await this.#all(phase)) === null) return false
    if (!(await this.#settle(bars.at, until))) return false
    return (await this.#all('mark')) !== null
  }

  /** Goes from deadline to deadline until an instant. */
  async #elapse(until: Instant): Promise<boolean> {
    for (;;) {
      const rest = await this.#all('time')
      if (rest === null) return false
      if (rest.next === null || rest.next >= until) break
      this.now = latest(rest.next, this.now)
    }
    this.now = latest(until, this.now)
    return (await this.#all('time')) !== null
  }

  /** Handles what is due now, and waits for answers and retries that are under way, though not past the next session. */
  async #settle(at: Instant, until: Instant | null): Promise<boolean> {
    for (;;) {
      const rest = await this.#all('time')
      if (rest === null) return false
      const due = rest.next !== null && rest.next <= at
      const retry = !rest.settled && rest.next !== null && (until === null || rest.next < until)
      if (!due && !retry) return true
      this.now = latest(rest.next!, this.now)
    }
  }

  /**
   * Lets every player take a step and then come to rest together: quiet twice in a row with nothing done in between,
   * for a message between two of them may wake the first after it was asked. Null when aborted.
   */
  async #all(phase: Phase): Promise<Rest | null> {
    const { players, signal } = this.concert
    const open = new Set(players)
    let before: readonly Rest[] = []
    for (;;) {
      const rests = await this.#round(phase, open)
      if (signal.aborted) return null
      if (open.size === 0 && rests.every(({ quiet }) => quiet) && (players.length === 1 || unchanged(before, rests)))
        return together(rests)
      before = rests
    }
  }

  /**
   * Asks one after the other: what the first sends, the second has received by the time it is asked. Those who have
   * taken the step are only asked whether they are at rest.
   */
  async #round(phase: Phase, open: Set<Player>): Promise<readonly Rest[]> {
    const rests: Rest[] = []
    for (const player of this.concert.players) {
      const step = { at: this.now, phase: open.has(player) ? phase : ('time' as const), session: this.#session }
      const rest = await player.tick(step)
      if (rest.taken) open.delete(player)
      rests.push(rest)
    }
    return rests
  }
}

const unchanged = (before: readonly Rest[], now: readonly Rest[]): boolean =>
  now.every(({ quiet, steps }, index) => quiet && before[index]?.quiet === true && before[index].steps === steps)

const latest = (a: Instant, b: Instant): Instant => (a >= b ? a : b)

function together(rests: readonly Rest[]): Rest {
  const deadlines = rests.flatMap(({ next }) => (next === null ? [] : [next]))
  return {
    taken: true,
    quiet: true,
    settled: rests.every(({ settled }) => settled),
    steps: rests.reduce((sum, { steps }) => sum + steps, 0),
    next: deadlines.length === 0 ? null : instant(Math.min(...deadlines)),
  }
}

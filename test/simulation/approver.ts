import { ask } from '#adapters/wire/exchange.js'
import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import type { Verdict } from '#domain/approval/approval.js'
import type { Run } from '#domain/run.js'
import { Fault } from '#units/fault.js'
import { type PortfolioId, type RunId, runId } from '#units/ids.js'
import type { OperatorOptions } from './operator.js'

/** What somebody says of a plan, under an id of its own. */
interface Word {
  readonly id: string
  readonly portfolio: PortfolioId
  readonly run: RunId
  readonly plan: string
  readonly verdict: Verdict
  readonly actor: string
}

const AGAIN_MS = 2_500
const ANSWER_MS = 6_000
/** Longest somebody thinks about a plan. */
const THINKS_MS = 4_000
const PEOPLE = ['ann', 'bob', 'operator'] as const

/**
 * People who are asked to approve plans: they approve, reject, keep silent, speak too late, of another plan than waits, or
 * twice where it takes two; each word is repeated under its id until it is answered.
 */
export class Approver {
  #ids = 0

  constructor(readonly options: OperatorOptions) {}

  /** A plan waits: plans who says what of it, and when. */
  asked({ portfolio, id: run, number, plan, approval }: Run): void {
    const { chance, timeline } = this.options
    const manner = chance.pick(MANNERS)
    const hash = plan!.hash
    const first = chance.pick(PEOPLE)
    const soon = timeline.now + chance.whole(50, THINKS_MS)
    if (manner === 'silent') return
    if (manner === 'stale') {
      const other = `${hash.startsWith('0') ? '1' : '0'}${hash.slice(1)}`
      const odd = chance.is(0.5) ? { run, plan: other } : { run: runId(number + 1), plan: hash }
      this.#say(soon, { portfolio, ...odd, verdict: 'approve', actor: first })
    }
    if (manner === 'late') {
      const at = approval!.until + chance.whole(-300, 3_000)
      this.#say(Math.max(soon, at), { portfolio, run, plan: hash, verdict: 'approve', actor: first })
      return
    }
    const at = soon + (manner === 'stale' ? chance.whole(0, 500) : 0)
    const verdict = manner === 'reject' ? 'reject' : 'approve'
    this.#say(at, { portfolio, run, plan: hash, verdict, actor: first })
    const again = at + chance.whole(0, THINKS_MS)
    if (manner === 'twice') this.#say(again, { portfolio, run, plan: hash, verdict, actor: first })
    const others = PEOPLE.filter((name) => name !== first)
    if (approval!.approvers > 1 && manner !== 'twice')
      this.#say(again, { portfolio, run, plan: hash, verdict: 'approve', actor: chance.pick(others) })
  }

  #say(at: number, word: Omit<Word, 'id'>): void {
    this.#ids += 1
    const id = `${this.options.ids}-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`
    this.options.timeline.at(at, () => void this.#ask({ id, ...word }))
  }

  async #ask(word: Word): Promise<void> {
    const { timeline, until, chance, answered } = this.options
    const done = await this.#taken(word).catch((error: unknown) => {
      if (error instanceof Fault) return false
      throw error
    })
    if (done) answered(word.portfolio, `ctl:${word.id}`)
    if (timeline.now < until && chance.is(done ? 0.3 : 0.8)) timeline.after(AGAIN_MS, () => void this.#ask(word))
  }

  async #taken({ id, portfolio, run, plan, verdict, actor }: Word): Promise<boolean> {
    const asked = { run, plan, request_id: id, actor, reason: `${verdict}s it` }
    await ask(this.options.bus, control.decide, subjects.portfolio(portfolio, verdict), asked, ANSWER_MS)
    return true
  }
}

/** How people meet a plan that waits. */
const MANNERS = [
  ...(['approve', 'approve', 'approve', 'approve', 'approve'] as const),
  ...(['stale', 'stale', 'twice', 'reject', 'late', 'silent'] as const),
] as const

import { ask } from '#adapters/wire/exchange.js'
import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import { REGIMES } from '#domain/regime/regime.js'
import { Fault } from '#units/fault.js'
import { instant, toIso } from '#units/time.js'
import type { OperatorOptions } from './operator.js'
import { CHANNEL, PORTFOLIOS } from './policies.js'

const AGAIN_MS = 2_500
const ANSWER_MS = 6_000
/** Longest between two words of the detector, silences aside. */
const SPEAKS_MS = 9_000
/** How far its clock may be off. */
const SKEW_MS = 3_000
const WORDS = REGIMES.map((regime) => regime.toLowerCase() as Lowercase<typeof regime>)

/**
 * An external detector on the bus, which is unsure, silent for longer than its word lasts, late, and talks nonsense now and then;
 * and a person who puts another regime in its place for a while, or takes that back.
 */
export class Herald {
  #ids = 0

  constructor(readonly options: OperatorOptions) {}

  /** Speaks from now on, until commands are asked no more. */
  begin(): void {
    const { chance, timeline } = this.options
    timeline.after(chance.whole(0, SPEAKS_MS), () => this.#speak())
    for (let times = chance.whole(0, 3); times > 0; times -= 1)
      timeline.at(chance.whole(timeline.now, this.options.until - 1), () => this.#set())
  }

  #speak(): void {
    const { chance, timeline, bus, until } = this.options
    if (timeline.now >= until) return
    const at = timeline.now + chance.whole(-SKEW_MS, SKEW_MS)
    const reading = {
      regime: chance.pick(WORDS),
      confidence: chance.pick([0.3, 0.59, 0.6, 0.8, 0.9, 1]),
      ts: toIso(instant(Math.floor(at))),
    }
    const nonsense = [
      'sideways',
      { ...reading, confidence: 7 },
      { ...reading, ts: toIso(instant(Math.floor(at + 600_000))) },
    ]
    const body = chance.is(0.1) ? chance.pick(nonsense) : reading
    const channel = chance.is(0.1) ? 'another' : CHANNEL
    bus.publish(subjects.regime(channel), typeof body === 'string' ? body : JSON.stringify(body))
    timeline.after(chance.is(0.15) ? 60_000 : chance.whole(200, SPEAKS_MS), () => this.#speak())
  }

  #set(): void {
    const { chance, ids } = this.options
    this.#ids += 1
    const id = `${ids}-0000-4000-8000-${String(this.#ids).padStart(12, '0')}`
    const portfolio = chance.pick(PORTFOLIOS)
    const set = { regime: chance.pick(WORDS), for_ms: 60_000 + chance.whole(0, 30_000) }
    void this.#ask(id, portfolio, chance.is(0.7) ? set : null)
  }

  async #ask(
    id: string,
    portfolio: (typeof PORTFOLIOS)[number],
    set: { readonly regime: (typeof WORDS)[number]; readonly for_ms: number } | null,
  ): Promise<void> {
    const { timeline, until, chance, answered, bus } = this.options
    const signed = { request_id: id, actor: 'ann', reason: 'looks odd' }
    const asked =
      set === null
        ? ask(bus, control.regimeClear, subjects.portfolio(portfolio, 'regime-clear'), signed, ANSWER_MS)
        : ask(bus, control.regimeSet, subjects.portfolio(portfolio, 'regime-set'), { ...set, ...signed }, ANSWER_MS)
    const done = await asked.then(
      () => true,
      (error: unknown) => {
        if (error instanceof Fault) return false
        throw error
      },
    )
    if (done) answered(portfolio, `ctl:${id}`)
    if (timeline.now < until && chance.is(done ? 0.3 : 0.8))
      timeline.after(AGAIN_MS, () => void this.#ask(id, portfolio, set))
  }
}

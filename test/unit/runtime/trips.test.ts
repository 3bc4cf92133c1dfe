import { describe, expect, it } from 'vitest'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import type { Run } from '#domain/run.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { TripWatch } from '#runtime/trips.js'
import type { PortfolioId } from '#units/ids.js'
import { money } from '#units/money.js'
import { SESSION, START, targets, viewAt } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { buying, CORE, created, deposit, executionOf, openHost } from './fixtures.js'

const LIMITS = { unknownOrders: null, failedRuns: { consecutive: 1 }, dailyLoss: { warn: 0.03, halt: 0.05 } }

/** A host whose portfolio holds 400 AAA bought at 100 of 101,000, marked at that close, and a watch that follows it. */
async function watched() {
  const hosted = openHost(tempDir())
  const { host, journal, clock } = hosted
  const watch = new TripWatch({ limits: LIMITS, journal, clock, log: silentLog, metrics: noMetrics })
  let told = 0
  const engine = {
    host,
    permit: (id: PortfolioId, to: 'halted', actor: string, reason: string, _key: null, grounds: object) =>
      host.deliver(id, { type: 'permitted', to, actor, reason, ...grounds }, 'trip'),
  }
  const look = async (price: string) => {
    for (const staged of hosted.durable.slice(told)) watch.follow(staged)
    told = hosted.durable.length
    await watch.look(engine as never, [CORE], viewAt(START, { AAA: price }))
    return host.snapshot(CORE)!
  }
  const [order] = await buying(host)
  const fill = executionOf('E-1', { orderId: order!.id, quantity: order!.body.quantity })
  await host.deliver(CORE, { type: 'filled', execution: fill }, 'test')
  await host.deliver(CORE, { type: 'marked', view: viewAt(START) }, 'test')
  return { ...hosted, look, close: () => journal.close() }
}

/** A portfolio whose runs fail at will, under a watch that halts at three and can be started anew. */
async function failing() {
  const { host, journal, clock, durable } = openHost(tempDir())
  const limits = { ...LIMITS, failedRuns: { consecutive: 3 }, dailyLoss: null }
  const newWatch = () => new TripWatch({ limits, journal, clock, log: silentLog, metrics: noMetrics })
  let watch = newWatch()
  let told = 0
  let refuse = false
  const tell = (fact: PortfolioFact) => host.deliver(CORE, fact, 'test')
  const permit = (_: PortfolioId, to: 'halted', actor: string, reason: string, __: null, grounds: object) => {
    const refused = refuse
    refuse = false
    return refused
      ? Promise.reject(new Error('OVERLOADED'))
      : tell({ type: 'permitted', to, actor, reason, ...grounds })
  }
  const opening = [
    { type: 'opened', epoch: 1 },
    { type: 'reconciled', decision: 'resume', reason: '' },
  ] as const
  for (const fact of [created(CORE), ...opening, deposit('100000')]) await tell(fact)
  return {
    close: () => journal.close(),
    look: async () => {
      for (const staged of durable.slice(told)) watch.follow(staged)
      told = durable.length
      await watch.look({ host, permit } as never, [CORE], viewAt(START))
      return host.snapshot(CORE)!
    },
    /** Forgets all that was seen; steps not followed yet are those of the process before. */
    restart: () => {
      told = durable.length
      watch = newWatch()
    },
    overload: () => {
      refuse = true
    },
    trips: () =>
      journal
        .entries(CORE, 1, journal.head(CORE).seq)
        .flatMap(({ event }) => (event.type === 'permitted' && event.trip !== undefined ? [event.trip] : [])),
    fail: async () => {
      const trigger = { kind: 'manual', at: START, session: SESSION, why: 'test', evidence: {} } as const
      await tell({ type: 'triggered', trigger, view: viewAt(START) })
      const { id } = host.snapshot(CORE)!.context.run!
      const { evidence } = targets({})
      await tell({
        type: 'solved',
        request: id,
        answer: { kind: 'failed', reason: 'no', evidence },
        view: viewAt(START),
      })
    },
    /** A run that finds nothing to trade. */
    succeed: async () => {
      const trigger = { kind: 'manual', at: START, session: SESSION, why: 'test', evidence: {} } as const
      await tell({ type: 'triggered', trigger, view: viewAt(START) })
      const { id } = host.snapshot(CORE)!.context.run!
      await tell({ type: 'solved', request: id, answer: targets({}), view: viewAt(START) })
      return host.snapshot(CORE)!.context.run!
    },
    /** Tells the watch once more of a run, as when one of its fills was taken back. */
    again: (run: Run) => watch.follow({ ...durable.at(-1)!, commit: { ...durable.at(-1)!.commit, run } }),
    resume: (to: 'active' | 'paused' = 'active') => tell({ type: 'permitted', to, actor: 'ann', reason: 'mended' }),
  }
}

describe('the watch over trips', () => {
  it('halts on the loss of a session with rule and figures in the journal, once', async () => {
    const { look, journal, host, close } = await watched()
    expect((await look('96')).value.permission).toBe('active')
    expect((await look('89')).value.permission).toBe('halted')
    const { seq } = journal.head(CORE)
    expect(journal.entries(CORE, seq, 1)[0]?.event).toMatchObject({
      type: 'permitted',
      to: 'halted',
      actor: 'trip:daily-loss',
      trip: { rule: 'daily-loss', figures: { sessionReturn: expect.stringMatching(/^-0\.05/) } },
    })
    await look('80')
    expect(journal.head(CORE).seq).toBe(seq)
    expect(host.snapshot(CORE)?.context.permissionReason).toMatch(/^trip:daily-loss: the session has lost/)
    await close()
  })

  it('measures from the last close, whatever was paid in since', async () => {
    const { look, host, close } = await watched()
    await look('97')
    await host.deliver(CORE, { type: 'deposited', amount: money('100000'), view: viewAt(START, { AAA: '97' }) }, 'test')
    // Half the fund's value is new cash that loses nothing; units lost 1.5 % before it and 2.5 % of half after it.
    expect((await look('94')).value.permission).toBe('active')
    expect((await look('82')).value.permission).toBe('halted')
    await close()
  })

  it('halts on runs that failed one after the other, once, and a reset is not undone by them', async () => {
    const { look, trips, fail, resume, close } = await failing()
    await fail()
    await fail()
    expect((await look()).value.permission).toBe('active')
    await fail()
    expect((await look()).value.permission).toBe('halted')
    await look()
    expect(trips()).toEqual([{ rule: 'failed-runs', figures: { failures: '3' } }])
    await resume()
    await fail()
    await look()
    await fail()
    expect((await look()).value.permission).toBe('active')
    await fail()
    await look()
    expect(trips()).toHaveLength(2)
    await close()
  })

  it('remembers resets and failures over a restart, and counts no run twice', async () => {
    const { look, restart, trips, fail, resume, close } = await failing()
    for (let runs = 0; runs < 3; runs += 1) await fail()
    await look()
    await resume()
    await fail()
    restart()
    await fail() // the first step a new watch follows; the journal tells of this run too
    expect((await look()).value.permission).toBe('active')
    await fail()
    restart() // dies between the end of the run and the look
    expect((await look()).value.permission).toBe('halted')
    expect(trips()).toHaveLength(2)
    await resume('paused')
    restart()
    expect((await look()).value.permission).toBe('paused')
    await close()
  })

  it('forgets failures with a run that goes well, and not with news of one before them', async () => {
    const { look, trips, fail, succeed, again, close } = await failing()
    await fail()
    await fail()
    const well = await succeed()
    expect(well.status).toBe('COMPLETED')
    await fail()
    await fail()
    expect((await look()).value.permission).toBe('active')
    again(well)
    await fail()
    expect((await look()).value.permission).toBe('halted')
    expect(trips()).toEqual([{ rule: 'failed-runs', figures: { failures: '3' } }])
    await close()
  })

  it('halts at the next look when a halt could not be written', async () => {
    const { look, overload, fail, close } = await failing()
    for (let runs = 0; runs < 3; runs += 1) await fail()
    overload()
    await expect(look()).rejects.toThrow('OVERLOADED')
    expect((await look()).value.permission).toBe('halted')
    await close()
  })
})

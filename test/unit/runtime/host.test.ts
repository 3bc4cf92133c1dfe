import { describe, expect, it } from 'vitest'
import { cashOf } from '#domain/book/book.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import { recoverState } from '#runtime/recover.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import { tempDir } from '../../support/temp-dir.js'
import { CORE, created, deposit, impossible, OTHER, openHost } from './fixtures.js'

describe('the host', () => {
  it('writes what waits together in one transaction, in order for each portfolio', async () => {
    const { host, journal, batches, durable } = openHost(tempDir())
    await host.deliver(CORE, created(CORE), 'config')
    await host.deliver(OTHER, created(OTHER), 'config')
    const before = batches.length
    const amounts = Array.from({ length: 100 }, (_, n) => String(n + 1))
    await Promise.all(
      amounts.flatMap((amount) => [
        host.deliver(CORE, deposit(amount), 'c'),
        host.deliver(OTHER, deposit(amount), 'c'),
      ]),
    )
    expect(batches.length - before).toBeLessThanOrEqual(3)
    for (const id of [CORE, OTHER]) {
      const events = journal.entries(id, 2, 1_000).map(({ event }) => event)
      expect(events.map((event) => (event.type === 'deposited' ? event.amount.toFixed() : ''))).toEqual(amounts)
      expect(events.map((event) => event.seq)).toEqual(amounts.map((_, n) => n + 2))
      expect(durable.filter((row) => row.portfolio === id).map((row) => row.entry.seq)).toEqual([
        1,
        ...amounts.map((_, n) => n + 2),
      ])
      expect(cashOf(host.snapshot(id)!.context.book).toFixed()).toBe('5050')
      expect(journal.verify(id)).toMatchObject({ ok: true, entries: 101 })
    }
    expect(host.idle()).toBe(true)
    await journal.close()
  })

  it('works out what comes while a transaction is being written, as much as the next one takes', async () => {
    const gates: (() => void)[] = []
    const { host, journal, batches, durable } = openHost(tempDir(), (commit) => async (commits) => {
      await new Promise<void>((open) => gates.push(open))
      return commit(commits)
    })
    const all = [host.deliver(CORE, created(CORE), 'config')]
    await new Promise((turn) => setImmediate(turn))
    for (let n = 0; n < 200; n += 1) {
      all.push(host.deliver(CORE, deposit(), 'x'))
      if (n % 50 === 0) await new Promise((turn) => setImmediate(turn))
    }
    await new Promise((turn) => setImmediate(turn))
    expect([host.version(CORE), host.waiting, journal.head(CORE).seq, durable.length]).toEqual([129, 201, 0, 0])
    for (let next = 0; next < 3; next += 1) {
      while (gates[next] === undefined) await new Promise((turn) => setImmediate(turn))
      gates[next]?.()
    }
    await Promise.all(all)
    expect(batches.map((batch) => batch.length)).toEqual([1, 128, 72])
    expect(durable.map(({ entry }) => entry.seq)).toEqual(all.map((_, n) => n + 1))
    expect([host.waiting, host.idle()]).toEqual([0, true])
    expect(journal.verify(CORE)).toMatchObject({ ok: true, entries: 201 })
    await journal.close()
  })

  it('goes on when more wait than a transaction takes and none of the first can be', async () => {
    const { host, journal } = openHost(tempDir())
    await host.deliver(CORE, created(CORE), 'config')
    const refuse = () => {
      throw new Error('not any more')
    }
    const origin = { answers: [], inbox: null }
    const refused = Array.from({ length: 300 }, () => host.deliver(CORE, deposit(), 'x', origin, refuse))
    const last = host.deliver(CORE, deposit('7'), 'x')
    const results = await Promise.allSettled(refused)
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']))
    await last
    expect([host.version(CORE), host.waiting, host.idle()]).toEqual([2, 0, true])
    await journal.close()
  })

  it('tells of a step, and resolves, only once it is on disk', async () => {
    let release: () => void = () => undefined
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    const { host, journal, durable } = openHost(tempDir(), (commit) => async (commits) => {
      await gate
      return commit(commits)
    })
    let resolved = false
    const done = host.deliver(CORE, created(CORE), 'config').then(() => {
      resolved = true
    })
    await new Promise((turn) => setImmediate(turn))
    expect([resolved, durable.length, host.idle()]).toEqual([false, 0, false])
    release()
    await done
    expect([durable.length, journal.head(CORE).seq]).toEqual([1, 1])
    await journal.close()
  })

  it('halts the portfolio whose assertion failed, says so in its journal, and lets its sibling go on', async () => {
    const { host, journal } = openHost(tempDir())
    await Promise.all([host.deliver(CORE, created(CORE), 'config'), host.deliver(OTHER, created(OTHER), 'config')])
    const before = encode(host.snapshot(CORE)!.context.book)
    const results = await Promise.allSettled([
      host.deliver(CORE, impossible(), 'x'),
      host.deliver(OTHER, deposit(), 'x'),
      host.deliver(CORE, deposit('5'), 'x'),
    ])
    expect(results.map((row) => row.status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    await host.stop()
    expect(encode(host.snapshot(CORE)!.context.book)).not.toBe(before)
    expect(journal.entries(CORE, 1, 10).map(({ event }) => event.type)).toEqual(['created', 'deposited', 'faulted'])
    const last = journal.entries(CORE, 3, 1)[0]!
    expect(last.event).toMatchObject({ reason: expect.stringMatching(/^I1: /), event: 'filled' })
    expect(host.snapshot(CORE)!.value.permission).toBe('halted')
    expect(host.snapshot(OTHER)!.value.permission).toBe('active')
    await journal.close()
  })

  it('journals one fault a portfolio, however often it fails', async () => {
    const { host, journal } = openHost(tempDir())
    await host.deliver(CORE, created(CORE), 'config')
    await Promise.allSettled([1, 2, 3].map(() => host.deliver(CORE, impossible(), 'x')))
    await host.stop()
    const again = journal.entries(CORE, 2, 10).map(({ event }) => event.type)
    expect(new Set(again)).toEqual(new Set(['faulted']))
    await journal.close()
  })

  it('creates nothing from a portfolio whose first fact is not its creation', async () => {
    const { host, journal } = openHost(tempDir())
    await expect(host.deliver(CORE, deposit(), 'x')).rejects.toThrow('cannot begin with deposited')
    expect(host.portfolios).toEqual([])
    expect(journal.portfolios()).toEqual([])
    await journal.close()
  })

  it('ends with the journal: everything waiting is rejected, the failure is told once, nothing more is taken', async () => {
    let broken = false
    const dir = tempDir()
    const { host, journal, fatal, durable } = openHost(dir, (commit) => (commits) => {
      if (broken) return Promise.reject(new Fault('JOURNAL_WRITE_FAILED', 'disk full', 'never'))
      return commit(commits)
    })
    await host.deliver(CORE, created(CORE), 'config')
    broken = true
    const waiting = [host.deliver(CORE, deposit(), 'a'), host.deliver(OTHER, created(OTHER), 'b')]
    const late = Promise.resolve().then(() => Promise.resolve().then(() => host.deliver(CORE, deposit(), 'c')))
    const results = await Promise.allSettled([...waiting, late])
    expect(results.map((row) => (row.status === 'rejected' ? row.reason.code : row.status))).toEqual(
      Array(3).fill('JOURNAL_WRITE_FAILED'),
    )
    expect(fatal).toHaveLength(1)
    await expect(host.deliver(CORE, deposit(), 'd')).rejects.toThrow('disk full')
    expect(durable).toHaveLength(1)
    await host.stop()
    await journal.close()
  })

  it('ends with the journal also for what was worked out meanwhile, and none of it is there afterwards', async () => {
    let fail: () => void = () => undefined
    const dir = tempDir()
    const { host, journal, fatal, durable } = openHost(dir, (commit) => (commits) => {
      if (commits[0]!.entry.seq === 1) return commit(commits)
      return new Promise((_, reject) => {
        fail = () => reject(new Fault('JOURNAL_WRITE_FAILED', 'disk full', 'never'))
      })
    })
    await host.deliver(CORE, created(CORE), 'config')
    const all = [host.deliver(CORE, deposit(), 'a')]
    await new Promise((turn) => setImmediate(turn))
    all.push(host.deliver(CORE, deposit(), 'b'), host.deliver(CORE, deposit(), 'c'))
    await new Promise((turn) => setImmediate(turn))
    expect(host.version(CORE)).toBe(4)
    fail()
    const results = await Promise.allSettled(all)
    expect(results.map((row) => (row.status === 'rejected' ? row.reason.code : row.status))).toEqual(
      Array(3).fill('JOURNAL_WRITE_FAILED'),
    )
    await host.stop()
    expect([fatal.length, durable.length, host.waiting]).toEqual([1, 1, 0])
    await journal.close()
    const again = openHost(dir)
    expect(again.host.version(CORE)).toBe(1)
    await again.journal.close()
  })

  it('finishes what it has taken when it stops, and takes no more', async () => {
    const { host, journal } = openHost(tempDir())
    const taken = [created(CORE), deposit('1'), deposit('2')].map((fact) => host.deliver(CORE, fact, 'x'))
    const stopping = host.stop()
    await expect(host.deliver(CORE, deposit('3'), 'x')).rejects.toMatchObject({ code: 'STOPPING' })
    await stopping
    await Promise.all(taken)
    expect(journal.head(CORE).seq).toBe(3)
    await host.stop()
    await journal.close()
  })

  it('comes back as it was, through a saved state and through replay alike', async () => {
    const dir = tempDir()
    const first = openHost(dir)
    await first.host.deliver(CORE, created(CORE), 'config')
    const facts: readonly PortfolioFact[] = [
      { type: 'opened', epoch: 1 },
      { type: 'reconciled', decision: 'resume', reason: '' },
      ...Array.from({ length: 300 }, (_, n) => deposit(`${n}.01`)),
    ]
    await Promise.all(facts.map((fact) => first.host.deliver(CORE, fact, 'x')))
    const live = encode(first.host.snapshot(CORE))
    const stored = first.journal.recover(CORE)
    expect(stored.snapshot?.seq).toBe(256)
    const whole = recoverState(CORE, { snapshot: null, entries: first.journal.entries(CORE, 1, 1_000) })
    expect(encode(whole.snapshot)).toBe(live)
    expect(whole.replayed).toBe(303)
    await first.journal.close()
    const second = openHost(dir)
    expect(encode(second.host.snapshot(CORE))).toBe(live)
    await second.host.deliver(CORE, deposit('7'), 'x')
    expect(second.journal.verify(CORE)).toMatchObject({ ok: true, entries: 304 })
    await second.journal.close()
  })
})

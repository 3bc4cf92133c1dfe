import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { virtualClock } from '#adapters/clock/virtual.js'
import { type OpenRepository, openStateRepository } from '#daemon/state-repository.js'
import type { Execution } from '#domain/book/events.js'
import { manualTrigger } from '#domain/manual-trigger.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { StateOutcome } from '#runtime/state-refusal.js'
import { PortfolioStateRepository } from '#runtime/state-repository.js'
import type { StateTransaction, TransactionFact } from '#runtime/transaction.js'
import { encode } from '#units/canonical.js'
import { Decimal } from '#units/decimal.js'
import { executionId, incarnation, instrumentId, orderId, portfolioId } from '#units/ids.js'
import { money, price, quantity } from '#units/money.js'
import { policy as policyWith, SESSION, START, viewAt } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { openHost } from './fixtures.js'

const CORE = portfolioId('core')
const AAA = instrumentId('AAA')
const policy = (changes: Partial<PortfolioPolicy> = {}): PortfolioPolicy => policyWith({ id: CORE, ...changes })
const cash = (amount: string): TransactionFact => ({ type: 'deposited', amount: money(amount), view: viewAt(START) })
const bought = (id: string, changes: Partial<Execution> = {}): TransactionFact => ({
  type: 'filled',
  execution: {
    id: executionId(id),
    orderId: orderId('A'.repeat(26)),
    instrument: AAA,
    side: 'buy',
    quantity: quantity('2'),
    price: price('100'),
    fee: money('1'),
    at: START,
    session: SESSION,
    venue: 'hand',
    ...changes,
  },
})

let dir: string
let open: OpenRepository
let repository: PortfolioStateRepository

beforeEach(async () => {
  dir = tempDir()
  await reopen()
  value(await repository.create(policy(), incarnation('incarnation1')))
})

afterEach(() => open.close())

async function reopen(): Promise<void> {
  open = await openStateRepository({ dir, clock: virtualClock(START) })
  repository = open.repository
}

function value<T>(outcome: StateOutcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.refusal.message)
  return outcome.value
}

const versionNow = (): number => value(repository.snapshot(CORE)).version
const begin = (): StateTransaction => value(repository.begin(CORE, { expectedVersion: versionNow() }))

/** Applies facts in a transaction of their own and commits it. */
async function apply(...facts: readonly TransactionFact[]) {
  const transaction = begin()
  for (const fact of facts) transaction.apply(fact)
  return transaction.commit()
}

describe('a transaction', () => {
  it('becomes durable as a whole, one version a fact, and is there after a reopen', async () => {
    const transaction = begin()
    transaction.apply(cash('1000'))
    const tried = value(transaction.apply(bought('X-1')))
    expect(tried.state.book.accounts.cash?.toFixed()).toBe('799')
    expect(versionNow()).toBe(1)
    const done = value(await transaction.commit())
    expect(done.version).toBe(3)
    expect(encode(done.state)).toBe(encode(tried.state))
    await open.close()
    await reopen()
    expect(encode(value(repository.snapshot(CORE)))).toBe(encode(done))
  })

  it('leaves nothing behind when it is rolled back, and takes nothing after its end', async () => {
    const transaction = begin()
    transaction.apply(cash('1000'))
    transaction.rollback()
    expect(transaction.state).toEqual(transaction.base)
    expect(transaction.apply(cash('1'))).toMatchObject({ ok: false, refusal: { code: 'ENDED' } })
    expect(await transaction.commit()).toMatchObject({ ok: false, refusal: { code: 'ENDED' } })
    expect(versionNow()).toBe(1)
    const committed = begin()
    committed.apply(cash('1'))
    value(await committed.commit())
    expect(await committed.commit()).toMatchObject({ ok: false, refusal: { code: 'ENDED' } })
    expect(await begin().commit()).toMatchObject({ ok: false, refusal: { code: 'NOTHING_APPLIED' } })
  })

  it('is refused with both versions when another was first, at its begin or at its commit', async () => {
    const [first, second] = [begin(), begin()]
    first.apply(cash('10'))
    second.apply(cash('20'))
    const [won, lost] = await Promise.all([first.commit(), second.commit()])
    expect(won.ok).toBe(true)
    const conflict = { ok: false, refusal: { code: 'VERSION_CONFLICT', expected: 1, actual: 2 } }
    expect(lost).toMatchObject(conflict)
    expect(repository.begin(CORE, { expectedVersion: 1 })).toMatchObject(conflict)
    expect(value(repository.snapshot(CORE)).state.book.accounts.cash?.toFixed()).toBe('10')
  })

  it('pays out neither proceeds that have not settled nor more than an operator may', async () => {
    value(await apply(cash('1000'), bought('X-1'), bought('X-2', { side: 'sell' })))
    const { accounts, unsettled } = value(repository.snapshot(CORE)).state.book
    expect([accounts.cash?.toFixed(), unsettled.length]).toEqual(['998', 2])
    expect(await apply(cash('-900'))).toMatchObject({ ok: false, refusal: { code: 'CASH_SHORT' } })
    value(await apply(cash('-798')))
    expect(await apply(cash('-10'))).toMatchObject({ ok: false, refusal: { code: 'CASH_SHORT' } })
  })

  it('is validated on commit: all of it is refused, and the portfolio neither halts nor changes', async () => {
    value(await apply(cash('100')))
    expect(await apply(cash('50'), cash('-500'))).toMatchObject({ ok: false, refusal: { code: 'CASH_SHORT' } })
    const endless = bought('X-1', { price: new Decimal('Infinity') as never })
    expect(await apply(cash('50'), endless)).toMatchObject({ ok: false, refusal: { code: 'INVALID' } })
    const { version, permission, state } = value(repository.snapshot(CORE))
    expect([version, permission, state.book.accounts.cash?.toFixed()]).toEqual([2, 'active', '100'])
    value(await apply(cash('-100')))
  })

  it('books an execution once, in one transaction or in two', async () => {
    const transaction = begin()
    transaction.apply(bought('X-1'))
    expect(transaction.apply(bought('X-1'))).toMatchObject({ ok: false, refusal: { code: 'EXECUTION_BOOKED' } })
    expect((await transaction.commit()).ok).toBe(false)
    value(await apply(cash('1000'), bought('X-1')))
    expect(await apply(bought('X-1'))).toMatchObject({ ok: false, refusal: { code: 'EXECUTION_BOOKED' } })
    expect(value(repository.snapshot(CORE)).state.book.tally.fills).toBe(1)
  })
})

describe('restore', () => {
  it('goes back to earlier decisions as a new, higher version, and un-books nothing', async () => {
    const before = versionNow()
    value(await apply({ type: 'configured', policy: policy({ name: 'second thoughts' }) }))
    value(await apply(cash('1000'), bought('X-1')))
    const then = value(repository.at(CORE, before))
    const now = value(await repository.restore(CORE, before, { actor: 'ann', reason: 'the first was better' }))
    expect(now.version).toBe(5)
    expect(now.state.policy).toEqual(then.state.policy)
    expect(now.state.book.tally.fills).toBe(1)
    expect(now.state.book.accounts.cash?.toFixed()).toBe('799')
    expect(repository.history(CORE).map(({ event }) => event)).toEqual([
      'created',
      'configured',
      'deposited',
      'filled',
      'restored',
    ])
    expect(repository.history(CORE, 5)[0]?.cause).toBe('ann: the first was better')
  })

  it('keeps a halted portfolio halted', async () => {
    value(await apply({ type: 'permitted', to: 'halted', reason: 'prices look wrong', actor: 'ann' }))
    expect(value(await repository.restore(CORE, 1)).permission).toBe('halted')
  })

  it('is refused for a version that never was, and for a universe without what is held', async () => {
    for (const version of [0, 99, 1.5])
      expect(await repository.restore(CORE, version)).toMatchObject({ refusal: { code: 'VERSION_UNKNOWN' } })
    expect(await repository.restore(portfolioId('none'), 1)).toMatchObject({ refusal: { code: 'PORTFOLIO_UNKNOWN' } })
    const wider = policy({ universe: [...policy().universe, { ...policy().universe[0]!, id: instrumentId('DDD') }] })
    value(await apply({ type: 'configured', policy: wider }, cash('1000')))
    value(await apply(bought('X-1', { instrument: instrumentId('DDD') })))
    expect(await repository.restore(CORE, 1)).toMatchObject({ refusal: { code: 'UNIVERSE_HELD' } })
    expect(versionNow()).toBe(4)
  })
})

describe('over an engine', () => {
  it('undoes no halt or reduction, which takes books that agree, but halts, reduces and pauses', async () => {
    const { host, journal, clock } = openHost(tempDir())
    const states = new PortfolioStateRepository({ host, journal, clock, takesFills: false })
    value(await states.create(policy(), incarnation('incarnation1')))
    const permit = async (to: 'active' | 'reducing' | 'paused' | 'halted') => {
      const { version } = value(states.snapshot(CORE))
      const transaction = value(states.begin(CORE, { expectedVersion: version }))
      transaction.apply({ type: 'permitted', to, reason: 'test', actor: 'ann' })
      return transaction.commit()
    }
    for (const to of ['paused', 'active', 'reducing'] as const) expect((await permit(to)).ok).toBe(true)
    const refusal = { ok: false, refusal: { code: 'RESET_TAKES_AGREEMENT' } }
    expect(await permit('active')).toMatchObject(refusal)
    expect((await permit('halted')).ok).toBe(true)
    for (const to of ['reducing', 'paused', 'active'] as const) expect(await permit(to)).toMatchObject(refusal)
    expect(value(states.snapshot(CORE)).permission).toBe('halted')
    await journal.close()
  })

  it('is refused in the middle of a run, and takes no fills: those come from the gateway', async () => {
    const { host, journal, clock } = openHost(tempDir())
    const states = new PortfolioStateRepository({ host, journal, clock, takesFills: false })
    value(await states.create(policy(), incarnation('incarnation1')))
    const transaction = value(states.begin(CORE, { expectedVersion: 1 }))
    expect(transaction.apply(bought('X-1'))).toMatchObject({ refusal: { code: 'FILLS_COME_FROM_THE_GATEWAY' } })
    await host.deliver(CORE, { type: 'opened', epoch: 1 }, 'test')
    await host.deliver(CORE, { type: 'reconciled', decision: 'resume', reason: '' }, 'test')
    await host.deliver(CORE, { type: 'deposited', amount: money('1000'), view: viewAt(START) }, 'test')
    const trigger = manualTrigger(START, SESSION, 'ann', 'now')
    const { after } = await host.deliver(CORE, { type: 'triggered', trigger, view: viewAt(START) }, 'test')
    expect(after.value.lifecycle).not.toBe('watching')
    expect(await states.restore(CORE, 1)).toMatchObject({ refusal: { code: 'RUN_IN_PROGRESS' } })
    await journal.close()
  })
})

describe('diff', () => {
  it('names what changed between two versions, either way round, and nothing between equal ones', async () => {
    value(await apply(cash('1000'), bought('X-1')))
    const changes = value(repository.diff(CORE, 1, 3))
    expect(changes).toContainEqual({ kind: 'cash', part: 'posted', before: money('0'), after: money('799') })
    expect(changes).toContainEqual({ kind: 'position', instrument: AAA, before: quantity('0'), after: quantity('2') })
    expect(changes.some(({ kind }) => kind === 'permission')).toBe(false)
    const back = value(repository.diff(CORE, 3, 1))
    expect(encode(back)).toBe(
      encode(changes.map(({ before, after, ...rest }) => ({ ...rest, before: after, after: before }))),
    )
    expect(value(repository.diff(CORE, 3, 3))).toEqual([])
    expect(repository.diff(CORE, 1, 9)).toMatchObject({ ok: false, refusal: { code: 'VERSION_UNKNOWN' } })
  })

  it('names what restrains trading', async () => {
    const { host, journal } = openHost(tempDir())
    await host.deliver(CORE, { type: 'created', policy: policy(), incarnation: incarnation('incarnation1') }, 'test')
    const firm = { scope: { kind: 'firm' }, to: 'halted', actor: 'ann', reason: 'prices look wrong' } as const
    await host.deliver(CORE, { type: 'restrained', ...firm }, 'test')
    const states = new PortfolioStateRepository({ host, journal, clock: virtualClock(START), takesFills: false })
    const changes = value(states.diff(CORE, 1, 2))
    expect(changes).toMatchObject([{ kind: 'setting', field: 'restraints.firm', before: null }])
    await journal.close()
  })
})

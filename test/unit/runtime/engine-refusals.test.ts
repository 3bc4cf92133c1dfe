import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { virtualClock } from '#adapters/clock/virtual.js'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { openJournal } from '#adapters/journal/lmdb.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { audit } from '#daemon/audit.js'
import { sessionMarket } from '#daemon/session-market.js'
import { fund } from '#daemon/simulation/engine-player.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import { silentLog } from '#ports/log.js'
import { type Labels, noMetrics } from '#ports/metrics.js'
import { Engine } from '#runtime/engine.js'
import { incarnation, instrumentId } from '#units/ids.js'
import { money } from '#units/money.js'
import { addDays, later } from '#units/time.js'
import { until } from '../../contract/gateway-parts.js'
import { SESSION, START } from '../../machine/fixtures.js'
import { tempDir } from '../../support/temp-dir.js'
import { CORE, policyFor } from './fixtures.js'

const DAY = 86_400_000
const barsOn = (day: number) => ({
  session: addDays(SESSION, day),
  at: later(START, day * DAY),
  closes: { AAA: '100', BBB: '100', CCC: '100' } as never,
})
const policy = (governance: PortfolioPolicy['governance']): PortfolioPolicy =>
  policyFor(CORE, {
    targets: { name: 'fixed', params: { weights: { AAA: 0.5 }, cash: 0.5 }, cashReserve: 0, minWeight: 0 },
    triggers: {
      drift: null,
      calendar: null,
      cash: { minInvest: money('100') },
      cooldownDays: 0,
      maxRunsPerDay: 1,
    },
    governance,
  })

/** An engine over a real journal and venue, told of as the daemon tells. */
async function opened() {
  const dir = tempDir()
  const clock = virtualClock(START)
  const journal = openJournal({ dir: join(dir, 'journal') })
  const gateway = openPaperVenue({ dir: join(dir, 'venue'), clock })
  const market = sessionMarket({ barSize: '1d', instruments: ['AAA', 'BBB', 'CCC'].map(instrumentId) })
  const counted: string[] = []
  const alerts: string[] = []
  const metrics = {
    ...noMetrics,
    count: (name: string, { kind, reason }: Labels = {}, by = 1) =>
      void (name === 'ballast_triggers_blocked_total' && by > 0 && counted.push(`${kind} ${reason}`)),
  }
  const bus = memoryBus()
  bus.subscribe('ballast.v1.evt.core.alert', ({ body }) => void alerts.push(body))
  const told = audit({ bus, metrics, log: silentLog })
  const engine = new Engine({
    ...{ journal, gateway, market, solver: nativeSolver(), clock, log: silentLog, metrics },
    onStep: (staged) => told.step(staged),
    onBlocked: told.blocked,
    onFatal: (error) => {
      throw error
    },
  })
  onTestFinished(async () => {
    await engine.stop()
    await gateway.close()
    await journal.close()
  })
  const day = (number: number) => {
    gateway.onBars(barsOn(number))
    market.advance(barsOn(number))
    clock.advanceTo(barsOn(number).at)
  }
  const pulse = async () => {
    clock.advanceTo(later(clock.now(), 60_000))
    await engine.pulse([CORE])
    await until(() => engine.idle())
  }
  day(0)
  await engine.adopt(policy([]), incarnation('incarnation1'))
  await engine.start()
  await fund(engine, [CORE])
  const runs = () => journal.runs(CORE).map(({ trigger, status }) => `${trigger.kind} ${status}`)
  return { engine, day, pulse, runs, counted, alerts }
}

it('begins a refused run for cash once a session, says so once, and at once again when the rules change', async () => {
  const { engine, day, pulse, runs, counted, alerts } = await opened()
  await pulse()
  await engine.adopt(policy([{ name: 'not-a-rule', params: {} }]), incarnation('incarnation1'))
  await pulse()
  await engine.deposit(CORE, money('50000'), 'more')
  for (let looks = 0; looks < 4; looks += 1) await pulse()
  expect(runs()).toEqual(['targets COMPLETED', 'targets CANCELLED', 'cash CANCELLED'])
  expect(counted).toEqual(['cash refused'])
  expect(alerts.filter((body) => body.includes('"refused":"cash"'))).toHaveLength(1)
  day(1)
  for (let looks = 0; looks < 3; looks += 1) await pulse()
  expect(runs().slice(3)).toEqual(['cash CANCELLED'])
  await engine.adopt(policy([]), incarnation('incarnation1'))
  for (let looks = 0; looks < 3; looks += 1) await pulse()
  expect(runs().slice(4)).toEqual(['targets COMPLETED'])
  expect(engine.host.snapshot(CORE)?.context.memory).not.toHaveProperty('deferred')
})

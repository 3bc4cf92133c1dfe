import { describe, expect, it, onTestFinished } from 'vitest'
import { gatewayClient } from '#adapters/gateway/client.js'
import { exec, executionMessage, reportMessage, ticketMessage } from '#adapters/wire/exec.js'
import { subjects } from '#adapters/wire/subjects.js'
import type { ReportSink } from '#ports/gateway.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import { instrumentId, portfolioId } from '#units/ids.js'
import { later } from '#units/time.js'
import { faultOf } from '../contract/bus.js'
import { onEveryLine } from '../contract/gateway-lines.js'
import { FIRST, faultCode, MAIN, orderFor, RecordingSink, until } from '../contract/gateway-parts.js'
import { type Line, Wired, type WiredOptions } from '../contract/gateway-wire.js'
import { recordingLog } from './gateway-log.js'

const OTHER = portfolioId('other')

async function wiredOn(line: () => Promise<Line>, options: WiredOptions = {}): Promise<Wired> {
  const wired = await Wired.on(line, options)
  onTestFinished(() => wired.close())
  wired.venue.onBars(FIRST)
  return wired
}

/** A sink whose promises are settled by the test. */
class HeldSink implements ReportSink {
  readonly told: { readonly name: string; readonly take: () => void; readonly refuse: (error: Error) => void }[] = []

  execution(portfolio: string, execution: { readonly id: string }): Promise<void> {
    return this.#hold(`${portfolio} ${execution.id}`)
  }

  order(portfolio: string, report: { readonly orderId: string; readonly status: string }): Promise<void> {
    return this.#hold(`${portfolio} ${report.orderId} ${report.status}`)
  }

  bust(portfolio: string, bust: { readonly executionId: string }): Promise<void> {
    return this.#hold(`${portfolio} bust ${bust.executionId}`)
  }

  #hold(name: string): Promise<void> {
    return new Promise((take, refuse) => this.told.push({ name, take, refuse }))
  }
}

onEveryLine((line) => {
  describe('a question to a gateway', () => {
    it('is answered on its own subject in the words of the protocol', async () => {
      const { line: wire } = await wiredOn(line)
      const say = async (verb: Parameters<typeof subjects.gateway>[1], question: object) =>
        JSON.parse((await wire.daemon.request(subjects.gateway('paper', verb), JSON.stringify(question), 5_000)).body)
      const order = orderFor(1)
      const asked = { portfolio: 'main', client_order_id: order.id }
      expect(await say('account', { portfolio: 'main' })).toEqual({
        ok: true,
        mode: 'paper',
        currency: 'USD',
        ts: '2020-01-06T21:00:00.000Z',
        supports: { idempotent: true, tombstones: true, replay: true },
      })
      expect(await say('query', asked)).toEqual({ ok: true, status: 'unknown' })
      expect(await say('submit', ticketMessage(order, 1))).toEqual({ ok: true, status: 'accepted' })
      expect(await say('submit', ticketMessage(order, 1))).toMatchObject({
        ok: true,
        status: 'duplicate',
        report: { client_order_id: order.id },
      })
      expect(await say('never', { ...asked, epoch: 1 })).toMatchObject({ ok: true, status: 'known' })
      expect(await say('cancel', { ...asked, epoch: 1 })).toEqual({ ok: true })
      expect(await say('fence', { portfolio: 'main', epoch: 9 })).toEqual({ ok: true, epoch: 9 })
      const nothing = { as_of: '', fees: '0', cash: '0', items: [], next: null }
      expect(await say('holdings', { portfolio: 'other' })).toEqual({ ok: true, ...nothing })
      const stale = {
        code: 'STALE_EPOCH',
        retry: 'never',
        retryable: false,
        details: { portfolio: 'main', highest: 9 },
      }
      expect(await say('submit', ticketMessage(orderFor(2), 8))).toMatchObject({ ok: false, error: stale })
    })

    it('states the mode, the promises and the clock of the account', async () => {
      const supports = { idempotent: true, tombstones: false, replay: true }
      const wired = await wiredOn(line, { config: { mode: 'backtest', currency: 'CHF', supports } })
      wired.clock.advance(1_234)
      const account = { mode: 'backtest', currency: 'CHF', at: later(FIRST.at, 1_234), supports }
      expect(await wired.gateway.account(MAIN)).toEqual(account)
    })

    it('has an unknown outcome when nobody serves the gateway, before and after it was there', async () => {
      const wired = await wiredOn(line)
      const elsewhere = gatewayClient({ bus: wired.line.daemon, gatewayOf: () => 'nowhere', timeoutMs: 5_000 })
      expect(await faultCode(elsewhere.submit(orderFor(1), 1))).toBe('NO_RESPONDERS ask-first')
      expect(elsewhere.idle()).toBe(true)
      await wired.server.close()
      await wired.line.settle()
      expect(await faultCode(wired.client.submit(orderFor(1), 1))).toBe('NO_RESPONDERS ask-first')
      await wired.reopen()
      wired.bars(FIRST)
      expect(await wired.gateway.submit(orderFor(1), 1)).toEqual({ kind: 'accepted' })
    })

    it('has an unknown outcome when the gateway is silent; the same id again finds what became of it', async () => {
      const order = orderFor(1)
      const silent = { silentInstruments: [order.body.instrument] }
      const wired = await wiredOn(line, { config: silent, askMs: 100 })
      wired.client.connect(new RecordingSink())
      expect(await faultCode(wired.gateway.submit(order, 1))).toBe('TIMEOUT ask-first')
      await wired.settled()
      const answer = await wired.gateway.submit(order, 1)
      expect(answer).toMatchObject({ kind: 'duplicate', report: { orderId: order.id, status: 'filled' } })
      expect(wired.venue.acceptances()).toEqual([{ orderId: order.id, times: 1 }])
    })

    it('goes to the gateway of its portfolio', async () => {
      const wired = await wiredOn(line)
      const gatewayOf = (portfolio: string) => (portfolio === 'main' ? 'paper' : 'elsewhere')
      const client = gatewayClient({ bus: wired.line.daemon, gatewayOf, timeoutMs: 5_000 })
      expect(await client.submit(orderFor(1), 1)).toEqual({ kind: 'accepted' })
      expect(await faultCode(client.submit(orderFor(2, { portfolio: OTHER }), 1))).toBe('NO_RESPONDERS ask-first')
      expect(await faultCode(client.holdings(OTHER))).toBe('NO_RESPONDERS ask-first')
    })
  })

  describe('a report to the daemon', () => {
    it('is answered only after the sink has it, and repeated when the sink fails', async () => {
      const wired = await wiredOn(line, { config: { maxPieces: 1 }, reportMs: 400 })
      const sink = new HeldSink()
      wired.client.connect(sink)
      const order = orderFor(1)
      await wired.gateway.submit(order, 1)
      const fill = `main ${order.id}-1`
      for (let attempt = 1; attempt <= 2; attempt += 1) {
        await until(() => sink.told.length === attempt)
        expect(wired.client.idle()).toBe(false)
        sink.told.at(-1)!.refuse(new Error('the journal is slow'))
        await until(() => wired.clock.waiting === 1)
        expect(wired.client.idle()).toBe(true)
        wired.clock.advance(500 * attempt)
      }
      await until(() => sink.told.length === 3)
      expect(wired.server.idle()).toBe(false)
      sink.told.at(-1)!.take()
      await until(() => sink.told.length === 4)
      sink.told.at(-1)!.take()
      await wired.settled()
      expect(sink.told.map(({ name }) => name)).toEqual([fill, fill, fill, `main ${order.id} filled`])
    })

    it('has no answer while the sink still holds it, however long that is', async () => {
      const wired = await wiredOn(line)
      const sink = new HeldSink()
      const fill = executionMessage(await aFill(wired))
      wired.client.connect(sink)
      await wired.line.settle()
      const report = wired.line.gateway.request(subjects.executionReport(MAIN), JSON.stringify(fill), 5_000)
      let answered = false
      const seen = () => {
        answered = true
      }
      report.then(seen, seen)
      await until(() => sink.told.length === 1)
      await wired.line.settle()
      await wired.client.account(MAIN)
      expect([answered, wired.client.idle()]).toEqual([false, false])
      sink.told[0]!.take()
      expect(JSON.parse((await report).body)).toEqual({ ok: true })
      expect(wired.client.idle()).toBe(true)
    })

    it('reaches the sink as often and in the order it was told', async () => {
      const wired = await wiredOn(line)
      const sink = new RecordingSink()
      const fill = await aFill(wired)
      wired.client.connect(sink)
      await wired.line.settle()
      const end = {
        orderId: fill.orderId,
        status: 'filled',
        cumulative: fill.quantity,
        reason: '',
        at: fill.at,
      } as const
      const second = { ...fill, id: `${fill.id}x` as typeof fill.id }
      const tell = async (subject: string, message: object) =>
        JSON.parse((await wired.line.gateway.request(subject, JSON.stringify(message), 5_000)).body)
      const acknowledged = { ok: true }
      expect(await tell(subjects.orderReport(MAIN), reportMessage(end))).toEqual(acknowledged)
      for (const told of [second, fill, fill, second])
        expect(await tell(subjects.executionReport(MAIN), executionMessage(told))).toEqual(acknowledged)
      expect(sink.attempts).toEqual([`${fill.orderId} filled`, second.id, fill.id, fill.id, second.id])
      expect(encode(sink.executions)).toBe(encode([second, fill, fill, second]))
      expect(encode(sink.orders)).toBe(encode([end]))
    })

    it('that the daemon refuses for good is logged by both, set aside, and holds nothing up', async () => {
      const daemon = recordingLog()
      const gateway = recordingLog()
      const wired = await wiredOn(line, { daemonLog: daemon.log, gatewayLog: gateway.log, reportMs: 60_000 })
      const sink = new RecordingSink()
      const execution = sink.execution.bind(sink)
      sink.execution = async (portfolio, fill) => {
        if (portfolio === OTHER) throw new Fault('UNKNOWN_PORTFOLIO', `${portfolio} is not hosted`, 'never')
        return execution(portfolio, fill)
      }
      wired.client.connect(sink)
      const stray = orderFor(1, { portfolio: OTHER })
      await wired.gateway.submit(stray, 1)
      // Its end is taken, the executions before it are refused.
      await until(() => sink.orders.length === 1)
      await wired.gateway.submit(orderFor(2), 1)
      // The daemon has a report before the gateway has its answer.
      await until(() => sink.orders.length === 2 && wired.venue.unsent() === 0)
      expect(sink.orders.map((report) => report.orderId)).toEqual([stray.id, orderFor(2).id])
      expect(wired.venue.refused()).toBe((await wired.venue.executions(OTHER, '')).length)
      expect([wired.venue.unsent(), wired.clock.waiting]).toEqual([0, 0])
      expect(gateway.lines[0]).toMatchObject({ level: 'error', code: 'UNKNOWN_PORTFOLIO', portfolio: 'other' })
      expect(daemon.lines[0]).toMatchObject({ level: 'warn', subject: 'ballast.v1.exec.report.other' })
    })

    it('is refused when it cannot be understood, or is for what is no portfolio, and counted', async () => {
      const invalid: string[] = []
      const wired = await wiredOn(line, { onInvalid: (subject) => invalid.push(subject) })
      const sink = new RecordingSink()
      const fill = executionMessage(await aFill(wired))
      wired.client.connect(sink)
      await wired.line.settle()
      const tell = async (subject: string, body: string) =>
        JSON.parse((await wired.line.gateway.request(subject, body, 5_000)).body).error.code
      const report = subjects.executionReport(MAIN)
      expect(await tell(report, JSON.stringify({ ...fill, qty: '-1' }))).toBe('INVALID')
      expect(await tell(subjects.orderReport(MAIN), JSON.stringify(fill))).toBe('INVALID')
      expect(await tell('ballast.v1.exec.report.constructor', JSON.stringify(fill))).toBe('INVALID')
      expect(invalid).toEqual([report, subjects.orderReport(MAIN), 'ballast.v1.exec.report.constructor'])
      expect(sink.attempts).toEqual([])
    })

    it('goes to the newest sink alone, and to nobody after that one left', async () => {
      const wired = await wiredOn(line)
      const [old, fresh] = [new RecordingSink(), new RecordingSink()]
      const leaveOld = wired.client.connect(old)
      const leave = wired.client.connect(fresh)
      await wired.line.settle()
      await wired.gateway.submit(orderFor(1), 1)
      await wired.settled()
      leaveOld()
      await wired.line.settle()
      await wired.gateway.submit(orderFor(2), 1)
      await wired.settled()
      expect([old.attempts.length, fresh.orders.length]).toEqual([0, 2])
      leave()
      await wired.line.settle()
      await wired.gateway.submit(orderFor(3), 1)
      await until(() => wired.clock.waiting === 1)
      expect(fresh.orders.length).toBe(2)
    })
  })

  describe('a gateway that is started again', () => {
    it('knows ids, promises, epochs and executions, and sends what was not taken', async () => {
      const wired = await wiredOn(line, { config: { maxPieces: 1 } })
      const [first, second, third] = [orderFor(1), orderFor(2), orderFor(3)]
      const sink = new RecordingSink()
      sink.refuses = (attempt) => attempt.startsWith(second.id)
      wired.client.connect(sink)
      await wired.gateway.fence(MAIN, 4)
      await wired.gateway.submit(first, 4)
      await until(() => sink.orders.length === 1)
      await wired.gateway.submit(second, 4)
      expect(await wired.gateway.never(MAIN, third.id, 4)).toEqual({ kind: 'promised' })
      await until(() => wired.clock.waiting === 1)
      const before = encode(await wired.gateway.executions(MAIN, ''))
      await wired.reopen()
      wired.bars(FIRST)
      const fresh = new RecordingSink()
      wired.client.connect(fresh)
      await wired.line.settle()
      await wired.settled()
      expect(fresh.attempts).toEqual([`${second.id}-1`, `${second.id} filled`])
      expect(encode(await wired.gateway.executions(MAIN, ''))).toBe(before)
      expect(await wired.gateway.submit(first, 4)).toMatchObject({ kind: 'duplicate', report: { status: 'filled' } })
      expect(await wired.gateway.submit(third, 4)).toEqual({ kind: 'rejected', reason: 'tombstoned' })
      expect((await faultOf(wired.gateway.submit(orderFor(5), 3))).data).toEqual({ portfolio: 'main', highest: 4 })
      expect((await wired.gateway.holdings(MAIN)).positions[instrumentId('AAA')]?.toFixed()).toBe('60')
    })
  })
})

/** An execution as the venue makes it; its order is not reported to anybody. */
async function aFill(wired: Wired) {
  await wired.gateway.submit(orderFor(99), 1)
  await until(() => wired.clock.waiting === 1)
  const [row] = await wired.gateway.executions(MAIN, '')
  return exec.executionReport.question.parse(executionMessage(row!.execution))
}

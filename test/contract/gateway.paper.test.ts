import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { openPaperVenue } from '#adapters/gateway/paper.js'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'
import { gatewayContract } from './gateway.js'
import { FIRST, MAIN, ManualClock, orderFor, RecordingSink, until } from './gateway-parts.js'

const DIST = join(import.meta.dirname, '../../dist/src')

gatewayContract('paper', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ballast-paper-'))
  const clock = new ManualClock(FIRST.at)
  let venue = openPaperVenue({ dir, clock })
  return {
    clock,
    gateway: () => venue,
    bars: (bars) => venue.onBars(bars),
    bust: (id) => venue.bust(MAIN, id, 'erroneous'),
    acceptances: () => venue.acceptances(),
    reopen: async () => {
      await venue.close()
      venue = openPaperVenue({ dir, clock })
    },
    close: async () => {
      await venue.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
})

/**
 * Runs in a process of its own: submits, says either the answer or the first execution it is told of, and blocks at
 * once, so that nothing it had only promised can happen any more.
 */
const CHILD = `
import { writeSync } from 'node:fs'
const [dist, dir, orderText, barsText, stopAt] = process.argv.slice(1)
const { openPaperVenue } = await import(dist + '/adapters/gateway/paper.js')
const { decode } = await import(dist + '/units/canonical.js')
const bars = decode(barsText)
const say = (text) => {
  writeSync(1, text)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
const venue = openPaperVenue({ dir, clock: { now: () => bars.at, wake: () => () => undefined } })
venue.connect({ execution: async (_portfolio, execution) => say(execution.id), order: async () => undefined })
venue.onBars(bars)
const answer = await venue.submit(decode(orderText), 7)
if (stopAt === 'answer') say(answer.kind)
`

/** Lets a child process submit and kills it, with SIGKILL, the moment it has said what it was waiting for. */
async function submitAndDie(dir: string, leg: number, stopAt: 'answer' | 'report'): Promise<string> {
  if (!existsSync(join(DIST, 'adapters/gateway/paper.js')))
    throw new Error('dist/ is missing: run `npx tsc -p tsconfig.build.json` first')
  const texts = [encode(orderFor(leg)), encode(FIRST), stopAt]
  const arguments_ = ['--input-type=module', '-e', CHILD, pathToFileURL(DIST).href, dir, ...texts]
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    child.kill('SIGKILL')
  })
  await new Promise((resolve) => child.on('close', resolve))
  if (said === '') throw new Error(`the child process said nothing: ${complaint}`)
  return said
}

describe('the paper venue in a process that is killed', () => {
  it('knows after kill -9 what it accepted, fills it once and refuses to accept it again', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ballast-paper-'))
    for (const leg of [1, 2, 3]) {
      expect(await submitAndDie(dir, leg, 'answer')).toBe('accepted')
      const venue = openPaperVenue({ dir, clock: new ManualClock(FIRST.at) })
      const order = orderFor(leg)
      expect(await venue.query(MAIN, order.id)).toMatchObject({ kind: 'known', report: { status: 'accepted' } })
      expect(await venue.fence(MAIN, 0)).toEqual({ epoch: 7 })
      expect(await venue.submit(order, 7)).toMatchObject({ kind: 'duplicate', report: { status: 'accepted' } })
      const sink = new RecordingSink()
      venue.connect(sink)
      venue.onBars(FIRST)
      await until(() => venue.idle())
      expect(sink.orders.map((report) => [report.orderId, report.status])).toEqual([[order.id, 'filled']])
      expect(venue.acceptances().map((row) => row.times)).toEqual(Array(leg).fill(1))
      await venue.close()
    }
    rmSync(dir, { recursive: true, force: true })
  })

  it('has on disk what it reported before kill -9, and reports it again as it was', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ballast-paper-'))
    const told = await submitAndDie(dir, 1, 'report')
    const venue = openPaperVenue({ dir, clock: new ManualClock(FIRST.at) })
    const stored = (await venue.executions(MAIN, '')).map((row) => row.execution)
    expect(stored[0]!.id).toBe(told)
    const sink = new RecordingSink()
    venue.connect(sink)
    await until(() => venue.idle())
    expect(encode(sink.executions)).toBe(encode(stored))
    expect(sink.orders.map((report) => report.status)).toEqual(['filled'])
    await venue.close()
    rmSync(dir, { recursive: true, force: true })
  })
})

describe('the paper venue\u2019s directory', () => {
  it('belongs to one venue at a time', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'ballast-paper-'))
    const clock = new ManualClock(FIRST.at)
    const venue = openPaperVenue({ dir, clock })
    expect(() => openPaperVenue({ dir, clock })).toThrow(Fault)
    await venue.close()
    await openPaperVenue({ dir, clock }).close()
    rmSync(dir, { recursive: true, force: true })
  })
})

import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { memoryBus } from '#adapters/bus/memory.js'
import { answering, ask, exchange } from '#adapters/wire/exchange.js'
import type { Bus } from '#ports/bus.js'
import { Fault } from '#units/fault.js'
import { faultOf } from '../../../contract/bus.js'

const DOUBLE = exchange(z.strictObject({ n: z.int() }), z.looseObject({ twice: z.int() }))
const NOTHING = exchange(z.strictObject({}), z.looseObject({}))

function bus(): Bus {
  const made = memoryBus()
  onTestFinished(() => made.close())
  return made
}

/** What a server that answers with this text tells an asker. */
async function told(text: string, asked: typeof NOTHING | typeof DOUBLE = NOTHING): Promise<string> {
  const line = bus()
  line.serve('q', async () => text)
  const fault = await faultOf(ask(line, asked as typeof NOTHING, 'q', {}, 1_000))
  return `${fault.code} ${fault.retry}`
}

describe('an exchange', () => {
  it('hands over the question and brings the answer', async () => {
    const line = bus()
    answering(line, DOUBLE, 'q', async ({ n }, { headers }) => ({ twice: 2 * n, by: headers.By }))
    expect(await ask(line, DOUBLE, 'q', { n: 4 }, 1_000, { By: 'x' })).toMatchObject({ twice: 8, by: 'x' })
  })

  it('says ok whatever the answer itself says', async () => {
    const line = bus()
    answering(line, NOTHING, 'q', async () => ({ ok: false }))
    expect(await ask(line, NOTHING, 'q', {}, 1_000)).toEqual({ ok: true })
  })

  it('refuses with the code, retry and details of a Fault', async () => {
    const line = bus()
    answering(line, NOTHING, 'q', async () => {
      throw new Fault('STALE_EPOCH', 'old', 'never', { highest: 7 })
    })
    const fault = await faultOf(ask(line, NOTHING, 'q', {}, 1_000))
    expect([fault.code, fault.message, fault.retry, fault.data]).toEqual([
      'STALE_EPOCH',
      'old',
      'never',
      { highest: 7 },
    ])
  })

  it('is silent on a Fault TIMEOUT and on any other error', async () => {
    const line = bus()
    answering(line, NOTHING, 'timeout', async () => Promise.reject(new Fault('TIMEOUT', 'no word', 'ask-first')))
    answering(line, NOTHING, 'error', async () => Promise.reject(new Error('a bug')))
    for (const subject of ['timeout', 'error'])
      expect((await faultOf(ask(line, NOTHING, subject, {}, 20))).message).toMatch('within 20 ms')
  })

  it('refuses what it cannot understand with the path of the field and does not handle it', async () => {
    const line = bus()
    const invalid: string[] = []
    let handled = 0
    answering(line, DOUBLE, 'q', async () => ({ twice: ++handled }), {
      invalid: (subject, reason) => invalid.push(`${subject}: ${reason}`),
    })
    const questions = ['', 'n', '{', '[]', 'null', '{"n":"1"}', '{"n":1.5}', '{"n":1e999}', '{"n":1,"m":2}']
    for (const question of [...questions, '{"n":1,"__proto__":{"n":2}}', '{"n":1,"constructor":2}']) {
      const { body } = await line.request('q', question, 1_000)
      expect(JSON.parse(body)).toMatchObject({
        ok: false,
        error: { code: 'INVALID', retry: 'never', retryable: false },
      })
    }
    expect(handled).toBe(0)
    expect(invalid.length).toBe(questions.length + 2)
    expect(invalid[5]).toMatch(/^q: .*at n$/s)
    expect(invalid[8]).toMatch('"m"')
  })

  it('refuses a question of the longest kind in an answer that still fits', async () => {
    const line = bus()
    const reasons: string[] = []
    answering(line, DOUBLE, 'q', async () => ({ twice: 0 }), { invalid: (_, reason) => reasons.push(reason) })
    const long = 'x'.repeat(60_000)
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`k${n}`, 1]))
    const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
    for (const question of [`{"${long}":1}`, JSON.stringify(many), `"${long}"`, deep, '['.repeat(60_000)]) {
      const { body } = await line.request('q', question, 1_000)
      expect(JSON.parse(body).error.code).toBe('INVALID')
      expect(body.length).toBeLessThan(3_000)
    }
    expect(reasons.length).toBe(5)
    for (const reason of reasons) expect(reason.length).toBeLessThanOrEqual(1_000)
  })

  it('refuses even when the Fault says too much, or what is no JSON', async () => {
    const circle: Record<string, unknown> = {}
    circle.self = circle
    const line = bus()
    const faults = [
      new Fault('A', 'm'.repeat(100_000), 'safe', { text: 'd'.repeat(100_000) }),
      new Fault('B', 'round', 'ask-first', circle),
      new Fault('C', 'big', 'never', { n: 1n }),
    ]
    answering(line, NOTHING, 'q', async () => Promise.reject(faults.shift()))
    const said = []
    for (let n = 0; n < 3; n += 1) said.push(await faultOf(ask(line, NOTHING, 'q', {}, 1_000)))
    expect(said.map(({ code, retry, data }) => [code, retry, data])).toEqual([
      ['A', 'safe', {}],
      ['B', 'ask-first', {}],
      ['C', 'never', {}],
    ])
  })

  it('takes nothing for a yes that does not say ok', async () => {
    const texts = ['', 'no', '{}', '[]', 'null', '"ok"', '{"ok":"true"}', '{"ok":false}', '{"ok":false,"error":{}}']
    for (const text of [...texts, '{"ok":false,"error":{"code":1}}', '{"ok":1,"twice":2}'])
      expect(await told(text), text).toBe('BAD_ANSWER ask-first')
    expect(await told('{"ok":true,"twice":"2"}', DOUBLE)).toBe('BAD_ANSWER ask-first')
    expect(await told(`{"ok":true,"twice":"${'x'.repeat(60_000)}"}`, DOUBLE)).toBe('BAD_ANSWER ask-first')
  })

  it('takes a refusal of few words as one that no repetition changes', async () => {
    expect(await told('{"ok":false,"error":{"code":"FULL","message":""}}')).toBe('FULL never')
  })
})

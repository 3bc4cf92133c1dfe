import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { memoryBus } from '#adapters/bus/memory.js'
import { answering } from '#adapters/wire/exchange.js'
import { exec } from '#adapters/wire/exec.js'
import { barMessage } from '#adapters/wire/market.js'
import { readValue } from '#adapters/wire/read.js'
import { isSignedBy, newOperatorKey, readOperatorKey, signCommand } from '#adapters/wire/signing.js'
import { control, questionExchange } from '#daemon/control/messages.js'
import { type QueryName, queries } from '#daemon/queries/registry.js'
import { seededRandom } from '../../../support/prices.js'

/** Every question that may come in from outside, by name. */
const QUESTIONS: Readonly<Record<string, z.ZodType>> = {
  ...Object.fromEntries(Object.entries(exec).map(([name, { question }]) => [`exec ${name}`, question])),
  ...Object.fromEntries(Object.entries(control).map(([name, { question }]) => [`control ${name}`, question])),
  ...Object.fromEntries(
    (Object.keys(queries) as QueryName[]).map((name) => [`ask ${name}`, questionExchange(name).question]),
  ),
}
/** Messages each question is thrown at; all together a second or two. */
const ROUNDS = 150
const chance = seededRandom(Number(process.env.BALLAST_SEED ?? 20_261_122))
const pick = <T>(items: readonly T[]): T => items[Math.floor(chance() * items.length)]!

const WORDS = [
  '',
  'a',
  'AAA',
  '-1',
  '1e309',
  'NaN',
  '0'.repeat(70),
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  '../x',
  '*',
  '>',
  '2024-02-30T00:00:00.000Z',
  "'; --",
]
const FIELDS = [
  'portfolio',
  'epoch',
  'seq',
  'level',
  'reason',
  'actor',
  'request_id',
  'signature',
  'instrument',
  'qty',
  'limit',
  'chunk',
  'digest',
  '__proto__',
  'constructor',
  'toString',
  'amount',
  'id',
]
function value(depth: number): unknown {
  const kind = Math.floor(chance() * (depth > 3 ? 6 : 8))
  if (kind === 0) return null
  if (kind === 1) return chance() < 0.5
  if (kind === 2) return pick([0, -0, -1, 1.5, 2 ** 53, 1e308, Math.floor(chance() * 1e6)])
  if (kind < 6) return pick(WORDS)
  if (kind === 6) return Array.from({ length: Math.floor(chance() * 4) }, () => value(depth + 1))
  return record(depth + 1)
}
const record = (depth: number): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: Math.floor(chance() * 6) }, () => [pick(FIELDS), value(depth)]))

/** Texts that are a question's only by accident, then broken bytes and deep nesting. */
const garbage = (): string => {
  const text = JSON.stringify(record(0))
  const at = Math.floor(chance() * text.length)
  return pick([
    text,
    text,
    text,
    text.slice(0, at),
    `${text.slice(0, at)}\u0001${text.slice(at)}`,
    `${'['.repeat(5_000)}`,
  ])
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

describe('what comes in from outside', () => {
  it.each(Object.entries(QUESTIONS))(
    '%s: garbage never throws, and what is taken has known fields alone',
    (_, question) => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const given = parsed(garbage())
        const read = question.safeParse(given)
        if (!read.success) continue
        // Nothing that was sent may be dropped in silence: every field of it is one the question knows.
        const again = question.safeParse({ ...(given as object), unheard_of: 1 })
        expect(again.success).toBe(false)
      }
    },
  )

  it.each(Object.entries(QUESTIONS))(
    '%s: refuses a prototype in a message, and anything that is no record',
    (_, question) => {
      for (const text of [
        '{"__proto__":{"dry_run":true}}',
        '{"constructor":1}',
        '[]',
        'null',
        '1',
        '"x"',
        '{"portfolio":{"__proto__":1}}',
      ])
        expect(question.safeParse(JSON.parse(text)).success, text).toBe(false)
      expect(question.safeParse(undefined).success).toBe(false)
      expect(Object.hasOwn(Object.prototype, 'dry_run')).toBe(false)
    },
  )

  it('no changed bit of a signed command passes for it', () => {
    const { privateKey, publicKey } = newOperatorKey()
    const signer = { operator: 'ann', key: readOperatorKey(privateKey).key }
    const signed = signCommand(
      'ballast.v1.ctl.kill',
      { actor: 'ann', reason: 'drill', nested: { a: 1, b: null } },
      signer,
      5,
    )
    expect(isSignedBy('ballast.v1.ctl.kill', signed, publicKey)).toBe(true)
    expect(isSignedBy('ballast.v1.ctl.unkill', signed, publicKey)).toBe(false)
    const text = JSON.stringify(signed)
    let broken = 0
    for (let at = 0; at < text.length; at += 1) {
      const bytes = Buffer.from(text)
      bytes[at] = bytes[at]! ^ (1 << Math.floor(chance() * 7))
      const changed = parsed(bytes.toString('utf8'))
      if (typeof changed !== 'object' || changed === null || Array.isArray(changed)) continue
      broken += 1
      expect(isSignedBy('ballast.v1.ctl.kill', changed as typeof signed, publicKey), bytes.toString()).toBe(false)
    }
    expect(broken).toBeGreaterThan(100)
  })
})

describe('a value that a check of a schema stumbles over', () => {
  const odd = { length: { toString: 'core' } }

  it.each([
    ['a bar', barMessage, { close: odd }],
    ['a question', exec.holdings.question, { portfolio: 'core', after: odd }],
    ['a question to the engine', questionExchange('explain').question, { what: odd, limit: 1 }],
  ] as const)('is refused as %s like any other', (_name, schema, given) => {
    expect(readValue(schema as z.ZodType, given).success).toBe(false)
  })

  it('is refused by a server with the code of a question that cannot be understood', async () => {
    const bus = memoryBus()
    answering(bus, exec.holdings, 'q', async () => ({}) as never)
    const { body } = await bus.request('q', JSON.stringify({ portfolio: 'core', after: odd }), 1_000)
    expect(JSON.parse(body)).toMatchObject({ ok: false, error: { code: 'INVALID' } })
    await bus.close()
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode, encode } from '#units/canonical.js'
import { condensedHash, hashCondensed } from '#units/condensed.js'
import { Decimal } from '#units/decimal.js'
import { digest } from '#units/digest.js'

/** The definition as it reads: on values, with nothing remembered. */
function plainly(value: unknown): string {
  const inner = (part: unknown): string => {
    const text = written(part)
    const composite = typeof part === 'object' && part !== null
    return composite && text.length >= 256 ? `#${digest(text)}` : text
  }
  const written = (part: unknown): string => {
    if (typeof part !== 'object' || part === null || Decimal.isDecimal(part)) return encode(part)
    if (Array.isArray(part)) return `[${part.map((item) => inner(item ?? null)).join(',')}]`
    const fields = Object.entries(part).filter(([, field]) => field !== undefined)
    fields.sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${inner(field)}`).join(',')}}`
  }
  return digest(written(value))
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', '#', 'a', 'é', '😀'), maxLength: 12 }),
  fc.string({ minLength: 230, maxLength: 300 }),
)
const leaf = fc.oneof(
  text,
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }).map((whole) => new Decimal(`${whole}.5`)),
)
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    leaf,
    fc.array(tie('value'), { maxLength: 8 }),
    fc.dictionary(text, tie('value'), { maxKeys: 8, noNullPrototype: true }),
  ),
}))

describe('the hash of hashes', () => {
  it('is the same of a text, of its value, from memory and by its definition', () => {
    fc.assert(
      fc.property(value, value, (one, other) => {
        for (const each of [one, { one, other, list: [one, other, one] }, [other, [one]], other]) {
          const wanted = plainly(each)
          expect(condensedHash(encode(each))).toBe(wanted)
          expect(hashCondensed(each)).toBe(wanted)
          expect(hashCondensed(each)).toBe(wanted)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('changes with every character of the text', () => {
    const part = (k: number) => Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i + 10}`, `${k} of é`]))
    const original = encode({ deep: [[part(1), part(2)], part(3)], 'brackets "{[#': '}]"\\', n: 1.5 })
    const seen = new Set([condensedHash(original)])
    let changes = 0
    for (let at = 0; at < original.length; at += 1) {
      const unit = original[at] === 'x' ? 'y' : 'x'
      // A bracket or quotation mark that is lost is refused; anything else gives another hash.
      try {
        seen.add(condensedHash(original.slice(0, at) + unit + original.slice(at + 1)))
        changes += 1
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }
    expect(changes).toBeGreaterThan(original.length / 2)
    expect(seen.size).toBe(changes + 1)
  })

  it('tells a part from a string or a text that looks like its digest', () => {
    const part = { text: 'x'.repeat(300) }
    const mark = `#${digest(encode(part))}`
    const hashes = [[part], [mark], [{ text: mark }], [[part]]].map((each) => condensedHash(encode(each)))
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  it('depends on a large part by its digest only', () => {
    const part = { text: 'x'.repeat(300) }
    expect(condensedHash(encode([part, 1]))).toBe(digest(`[#${digest(encode(part))},1]`))
    expect(condensedHash(encode(part))).toBe(digest(encode(part)))
    const short = { text: 'x'.repeat(256 - '{"text":""}'.length - 1) }
    expect(condensedHash(encode([short]))).toBe(digest(encode([short])))
  })

  it('refuses text whose brackets do not pair', () => {
    for (const bad of ['[', '[[1]', ']', '{"a":1}}', '"abc', '{"a":"\\"}'])
      expect(() => condensedHash(bad)).toThrow(RangeError)
  })

  it('refuses what cannot be written, as the text does', () => {
    expect(() => hashCondensed({ a: Number.NaN })).toThrow(RangeError)
    expect(() => hashCondensed([() => 1])).toThrow(TypeError)
    expect(decode(encode({ a: 1 }))).toEqual({ a: 1 })
  })
})

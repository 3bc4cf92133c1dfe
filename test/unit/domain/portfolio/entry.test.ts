import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EntryDraft, entryText, isSealed, seal, sealOf } from '#domain/portfolio/entry.js'
import { encode } from '#units/canonical.js'

const HASH = 'ab'.repeat(32)
/** Reasons that try to pass for the seal's own fields. */
const reason = fc.oneof(
  fc.string(),
  fc.constantFrom(',"hash":"', '","portfolio":"core"', ',"prev":"', `,"hash":"${HASH}","portfolio":"core"`),
)
const draft = fc.record({
  v: fc.integer({ min: 1, max: 9 }),
  portfolio: fc.oneof(fc.constant('core'), fc.stringMatching(/^[a-z][\w-]{0,31}$/)),
  seq: fc.integer({ min: 1, max: 1e9 }),
  at: fc.integer({ min: 0 }),
  epoch: fc.nat(),
  event: fc.record({ type: fc.constant('noted'), reason, noted: reason, portfolio: fc.constant('core') }),
  effects: fc.array(fc.record({ type: fc.constant('cancel'), portfolio: reason }), { maxLength: 3 }),
  stateHash: fc.constant(HASH),
}) as unknown as fc.Arbitrary<EntryDraft>

describe('an entry', () => {
  it('has one text, made when it is sealed or later, that carries its own hash', () => {
    fc.assert(
      fc.property(draft, fc.constantFrom(HASH, '0'.repeat(64)), (content, prev) => {
        const entry = seal(content, prev)
        expect(entryText(entry)).toBe(encode(entry))
        const found = sealOf(entryText(entry))
        expect(found).toMatchObject({ hash: entry.hash, prev, seq: content.seq, portfolio: content.portfolio })
        expect(found && isSealed(found)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('that was changed has the text of what it became, without its hash', () => {
    fc.assert(
      fc.property(draft, (content) => {
        const entry = seal(content, HASH)
        const changed = { ...entry, epoch: entry.epoch + 1 }
        expect(entryText(changed)).toBe(encode(changed))
        const found = sealOf(entryText(changed))
        expect(found && isSealed(found)).toBe(false)
      }),
    )
  })
})

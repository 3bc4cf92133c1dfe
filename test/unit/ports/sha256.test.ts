import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256, sha256Of } from '#ports/sha256.js'
import { joined, type Pieces } from '#units/canonical.js'
import { digest } from '#units/digest.js'

const { pieces } = fc.letrec<{ pieces: Pieces }>((tie) => ({
  pieces: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'grapheme', minLength: 200, maxLength: 3_000 }),
    fc.array(tie('pieces'), { maxLength: 12 }),
  ),
}))

describe('the digest of pieces', () => {
  it('is the portable one of the text they make', () => {
    fc.assert(
      fc.property(pieces, (one) => {
        expect(sha256Of(one)).toBe(digest(joined(one)))
        expect(sha256(joined(one))).toBe(digest(joined(one)))
      }),
      { numRuns: 300 },
    )
  })

  it('does not depend on what was hashed before, longer or shorter', () => {
    for (const length of [10, 1_000_000, 3, 300_000, 0]) {
      const many: Pieces = ['a', ['ü'.repeat(length), ['漢'.repeat(length)]], '😀']
      expect(sha256Of(many)).toBe(digest(joined(many)))
    }
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sha256 } from '#ports/sha256.js'
import { digest } from '#units/digest.js'

describe("the platform's digest", () => {
  it('is the portable one', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 3_000 }), (text) => {
        expect(sha256(text)).toBe(digest(text))
      }),
      { numRuns: 300 },
    )
  })
})

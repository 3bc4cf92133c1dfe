import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digest, digestBase32 } from '#units/digest.js'

/** FIPS 180-4 examples (NIST CAVP), and the empty message. */
const SHA256: readonly (readonly [string, string])[] = [
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
]
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Base32 by way of one large number: RFC 4648 section 6 on 256 bits and four zero bits of padding. */
function base32(hex: string): string {
  let number = BigInt(`0x${hex}`) << 4n
  let text = ''
  for (let place = 0; place < 52; place += 1) {
    text = ALPHABET[Number(number & 31n)]! + text
    number >>= 5n
  }
  return text
}

describe('digests', () => {
  it('are the published SHA-256 values', () => {
    for (const [text, hash] of SHA256) expect(digest(text)).toBe(hash)
  })

  it('are of the UTF-8 bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(digest(text)).toBe(createHash('sha256').update(text, 'utf8').digest('hex'))
      }),
    )
  })

  it('have the RFC 4648 base32 text of the same bytes', () => {
    expect(digestBase32('', 51)).toBe('4OYMIQUY7QOBJGX36TEJS35ZEQT24QPEMSNZGTFESWMRW6CSXBK')
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 51 }), (text, length) => {
        expect(digestBase32(text, length)).toBe(base32(digest(text)).slice(0, length))
      }),
    )
  })
})

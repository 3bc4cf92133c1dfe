import { hash } from 'node:crypto'

/** SHA-256 of UTF-8 text, 64 lower-case hex digits. */
export const digest = (text: string): string => hash('sha256', text)

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** SHA-256 of UTF-8 text in RFC 4648 base32 without padding, cut to `length` characters (at most 51). */
export function digestBase32(text: string, length: number): string {
  let bits = 0
  let held = 0
  let out = ''
  for (const byte of hash('sha256', text, 'buffer')) {
    held = ((held << 8) | byte) & 0xffff
    bits += 8
    while (bits >= 5 && out.length < length) {
      bits -= 5
      out += ALPHABET[(held >> bits) & 31]
    }
  }
  return out
}

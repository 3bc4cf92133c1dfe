import { encode, encodeWith } from './canonical.js'
import { digest } from './digest.js'
import { remembered } from './remembered.js'

/** Characters from which a part stands as its digest in the text around it. */
const CONDENSED_FROM = 256

/**
 * A hash of hashes of canonical text: every object or array inside it, innermost first, whose text has 256 characters or
 * more is replaced by `#` and its SHA-256; the answer is the SHA-256 of what is then left. Nothing else in JSON begins
 * with `#`, so texts that differ have condensed texts that differ. Where a value shares most of its parts with one hashed
 * before, {@link hashCondensed} gives the same digits for less.
 * @throws RangeError on text whose brackets or quotation marks do not pair.
 */
export function condensedHash(text: string): string {
  const open: Open[] = []
  let part: Open = { start: 0, from: 0, pieces: [], length: 0 } // what stands around everything
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit === QUOTE) at = endOfString(text, at)
    else if (unit === OPEN_RECORD || unit === OPEN_ARRAY) {
      open.push(part)
      part = { start: at, from: at, pieces: [], length: 0 }
    } else if (unit === CLOSE_RECORD || unit === CLOSE_ARRAY) {
      const around = open.pop() ?? unpaired(at)
      const isInside = open.length > 0
      if (isInside && part.length + at + 1 - part.from >= CONDENSED_FROM)
        put(around, text.slice(around.from, part.start), `#${digest(textOf(part, text, at + 1))}`, at + 1)
      else if (part.pieces.length > 0)
        put(around, text.slice(around.from, part.start), textOf(part, text, at + 1), at + 1)
      part = around
    }
  }
  if (open.length > 0) unpaired(text.length)
  return digest(textOf(part, text, text.length))
}

/** An object or array that is not closed yet. Most have nothing condensed in them and are never cut into pieces. */
interface Open {
  readonly start: number
  /** The first character that is in no piece, the condensed pieces before it and their length. */
  from: number
  readonly pieces: string[]
  length: number
}

function put(around: Open, before: string, piece: string, from: number): void {
  around.pieces.push(before, piece)
  around.length += before.length + piece.length
  around.from = from
}

const textOf = ({ pieces, from }: Open, text: string, end: number): string =>
  pieces.length === 0 ? text.slice(from, end) : pieces.join('') + text.slice(from, end)

/**
 * {@link condensedHash} of a value's canonical text. What the parts came to is remembered on them: of a value that shares most
 * of them with values before, only what is new is written and hashed. Only for values that are never changed in place.
 */
export const hashCondensed = (value: unknown): string => digest(encodeWith(part, value))

const texts = remembered<string>()

/** The text that stands for a part in the text around it. */
function part(value: unknown): string {
  if (typeof value !== 'object' || value === null) return encode(value)
  const seen = texts.of(value)
  if (seen !== undefined) return seen
  const text = encodeWith(part, value)
  const condensed = text.length < CONDENSED_FROM ? text : `#${digest(text)}`
  texts.keep(value, condensed)
  return condensed
}

const [QUOTE, BACKSLASH, OPEN_RECORD, CLOSE_RECORD, OPEN_ARRAY, CLOSE_ARRAY] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d]

/** Where the string that begins at a quotation mark ends: before the next one that no odd number of backslashes precedes. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at
    while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1
    if ((at - before) % 2 === 0) return at
  }
  return unpaired(start)
}

function unpaired(at: number): never {
  throw new RangeError(`not canonical: nothing pairs with what is at ${at}`)
}

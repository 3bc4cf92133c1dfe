import type { z } from 'zod'
import { ask, type Exchange } from '#adapters/wire/exchange.js'
import type { Bus } from '#ports/bus.js'
import { digest as sha256 } from '#units/digest.js'
import { Fault } from '#units/fault.js'
import { type AnswerPart, MOST_PARTS, type PartAsked } from './messages.js'

/** Largest part as JSON, UTF-8 bytes: leaves room in a message for the rest of the answer. */
const PART_BYTES = 48 * 1024
/** Answers kept for those who are still fetching parts. */
const KEPT = 8
/** Times an asker starts again when the answer changes under its hands. */
const MOST_STARTS = 5

/** Hands out answers in parts. */
export interface Parts {
  /**
   * The part asked for, of the answer it names while that is still kept, else the first part of a fresh answer: the
   * asker sees by the digest that it must start again. @throws Fault `ANSWER_TOO_LARGE` (never).
   */
  of(asked: PartAsked, answer: () => unknown): Promise<AnswerPart>
}

/** Cuts answers into parts and keeps the latest long ones until they are fetched or newer ones push them out. */
export function partsOfAnswers(): Parts {
  const kept = new Map<string, readonly string[]>()
  return {
    async of({ chunk, digest }, answer) {
      const known = digest === null ? undefined : kept.get(digest)
      if (digest !== null && known?.[chunk] !== undefined)
        return { chunk, of: known.length, digest, text: known[chunk] }
      const text = JSON.stringify(await answer())
      const fresh = sha256(text)
      const cut = cutUp(text)
      if (cut.length > MOST_PARTS)
        throw new Fault('ANSWER_TOO_LARGE', 'the answer is longer than a daemon sends: ask for less', 'never')
      if (cut.length > 1) {
        kept.delete(fresh)
        kept.set(fresh, cut)
        if (kept.size > KEPT) kept.delete(kept.keys().next().value!)
      }
      return { chunk: 0, of: cut.length, digest: fresh, text: cut[0]! }
    },
  }
}

/**
 * Asks for an answer and all its parts, and joins them.
 * @throws Fault as {@link ask}; `BAD_ANSWER` when the parts do not fit together, or the answer kept changing.
 */
export async function askWhole<Q extends z.ZodType, A extends z.ZodType<AnswerPart>>(
  bus: Bus,
  exchange: Exchange<Q, A>,
  subject: string,
  asked: Readonly<Record<string, unknown>>,
  timeoutMs: number,
): Promise<unknown> {
  for (let start = 0; start < MOST_STARTS; start += 1) {
    let part: AnswerPart = await ask(bus, exchange, subject, asked as z.input<Q>, timeoutMs)
    const { digest, of } = part
    const texts = [part.text]
    while (part.digest === digest && texts.length < of) {
      part = await ask(bus, exchange, subject, { ...asked, chunk: texts.length, digest } as z.input<Q>, timeoutMs)
      texts.push(part.text)
    }
    if (part.digest !== digest) continue
    const text = texts.join('')
    if (sha256(text) !== digest) throw new Fault('BAD_ANSWER', `${subject}: the parts do not fit together`, 'safe')
    return JSON.parse(text)
  }
  throw new Fault('BAD_ANSWER', `${subject}: the answer changed while it was fetched, ${MOST_STARTS} times`, 'safe')
}

/** Parts of a text whose JSON is at most {@link PART_BYTES} each; at least one. Cost: linear in the text. */
function cutUp(text: string): readonly string[] {
  const parts: string[] = []
  for (let at = 0; at < text.length; ) {
    let size = PART_BYTES
    for (let bytes = jsonBytes(text.slice(at, at + size)); bytes > PART_BYTES; ) {
      size = Math.floor((Math.min(size, text.length - at) * PART_BYTES) / bytes)
      bytes = jsonBytes(text.slice(at, at + size))
    }
    parts.push(text.slice(at, at + size))
    at += size
  }
  return parts.length === 0 ? [text] : parts
}

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text))

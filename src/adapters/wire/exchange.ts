import { z } from 'zod'
import type { Bus, Message, Unsubscribe } from '#ports/bus.js'
import { Fault, type Retry } from '#units/fault.js'
import { readValue } from './read.js'

/** One question and its answer, as both sides of the wire agree on it. */
export interface Exchange<Q extends z.ZodType, A extends z.ZodType> {
  /** Unknown fields are refused: a misspelt limit must not be no limit. */
  readonly question: Q
  /** Unknown fields are allowed: an older asker understands a newer server. */
  readonly answer: A
}

/** Pairs a question with its answer. */
export const exchange = <Q extends z.ZodType, A extends z.ZodType>(question: Q, answer: A): Exchange<Q, A> => ({
  question,
  answer,
})

/** Headers that say who asks and why. */
export type Headers = Readonly<Record<string, string>>

/** What a refusal may take up of a message: a question's own text comes back in it, and answers have a limit too. */
const LONGEST_MESSAGE = 1_000
const LONGEST_DETAILS = 8_000

const refusal = z.looseObject({
  ok: z.literal(false),
  error: z.looseObject({
    code: z.string().min(1).max(64),
    message: z.string(),
    retry: z.enum(['safe', 'ask-first', 'never']).default('never'),
    details: z.record(z.string(), z.unknown()).default({}),
  }),
})
const accepted = z.looseObject({ ok: z.literal(true) })

/**
 * Asks and checks the answer.
 * @throws Fault as the bus does, or with the server's own code when it refused; `BAD_ANSWER` (ask-first: it may have
 * been carried out) when the answer cannot be understood.
 */
export async function ask<Q extends z.ZodType, A extends z.ZodType>(
  bus: Bus,
  { answer }: Exchange<Q, A>,
  subject: string,
  asked: z.input<Q>,
  timeoutMs: number,
  headers: Headers = {},
): Promise<z.output<A>> {
  const { body } = await bus.request(subject, JSON.stringify(asked), timeoutMs, headers)
  const value = parseJson(body)
  // An answer without fields of its own is one only if it says `ok`: anything else must not pass for a yes.
  const said = readValue(accepted, value)
  const refused = said.success ? undefined : readValue(refusal, value).data
  if (refused !== undefined) {
    const { code, message, retry, details } = refused.error
    throw new Fault(code, cut(message), retry as Retry, details)
  }
  const read = said.success ? readValue(answer, value) : said
  if (!read.success)
    throw new Fault('BAD_ANSWER', cut(`${subject} answered what cannot be understood: ${reasonOf(read)}`), 'ask-first')
  return read.data as z.output<A>
}

/** Whom a server of exchanges tells of questions it could not understand. */
export interface ExchangeObserver {
  readonly invalid: (subject: string, reason: string) => void
}

/**
 * Answers an exchange. A question that cannot be understood is refused with `INVALID` and the path of the field; a
 * Fault becomes a refusal with its code. A Fault `TIMEOUT` is silence: the asker must not learn more than it knows.
 */
export function answering<Q extends z.ZodType, A extends z.ZodType>(
  bus: Bus,
  { question }: Exchange<Q, A>,
  subject: string,
  handle: (asked: z.output<Q>, message: Message) => Promise<z.input<A>>,
  observer?: ExchangeObserver,
): Unsubscribe {
  return bus.serve(subject, async (message) => {
    const read = readValue(question, parseJson(message.body))
    if (!read.success) {
      const reason = cut(reasonOf(read))
      observer?.invalid(message.subject, reason)
      return refusalText(new Fault('INVALID', reason, 'never'))
    }
    try {
      return JSON.stringify({ ...((await handle(read.data as z.output<Q>, message)) as object), ok: true })
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'TIMEOUT') throw error
      return refusalText(error)
    }
  })
}

function refusalText({ code, message, retry, data }: Fault): string {
  const error = { code, message: cut(message), retry, retryable: retry !== 'never', details: fitting(data) }
  return JSON.stringify({ ok: false, error })
}

/** Details that can travel; none when they are too long or no JSON, rather than no refusal. */
function fitting(data: Fault['data']): Fault['data'] {
  try {
    return JSON.stringify(data).length > LONGEST_DETAILS ? {} : data
  } catch {
    return {}
  }
}

const reasonOf = (read: { readonly error?: z.ZodError }): string =>
  read.error === undefined ? '' : z.prettifyError(read.error)

const cut = (text: string): string =>
  text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE - 1)}\u2026` : text

/** JSON as a value; undefined when it is none (a schema then says so). */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

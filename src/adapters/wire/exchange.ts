import { z } from 'zod'
import type { Bus, Message, Unsubscribe } from '#ports/bus.js'
import { Fault, type Retry } from '#units/fault.js'

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

const refusal = z.looseObject({
  ok: z.literal(false),
  error: z.looseObject({
    code: z.string(),
    message: z.string(),
    retry: z.enum(['safe', 'ask-first', 'never']).default('never'),
    details: z.record(z.string(), z.unknown()).default({}),
  }),
})

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
  const refused = refusal.safeParse(value)
  if (refused.success) {
    const { code, message, retry, details } = refused.data.error
    throw new Fault(code, message, retry as Retry, details)
  }
  const read = answer.safeParse(value)
  if (!read.success)
    throw new Fault(
      'BAD_ANSWER',
      `${subject} answered what cannot be understood: ${z.prettifyError(read.error)}`,
      'ask-first',
    )
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
    const read = question.safeParse(parseJson(message.body))
    if (!read.success) {
      const reason = z.prettifyError(read.error)
      observer?.invalid(message.subject, reason)
      return refusalText('INVALID', reason, 'never')
    }
    try {
      return JSON.stringify({ ok: true, ...((await handle(read.data as z.output<Q>, message)) as object) })
    } catch (error) {
      if (!(error instanceof Fault) || error.code === 'TIMEOUT') throw error
      return refusalText(error.code, error.message, error.retry, error.data)
    }
  })
}

function refusalText(code: string, message: string, retry: Retry, details: Fault['data'] = {}): string {
  return JSON.stringify({ ok: false, error: { code, message, retry, retryable: retry !== 'never', details } })
}

/** JSON as a value; undefined when it is none (a schema then says so). `__proto__` keys are dropped. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => (key === '__proto__' ? undefined : value))
  } catch {
    return undefined
  }
}

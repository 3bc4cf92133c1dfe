import type { z } from 'zod'
import type { ControlStore, PendingRequest } from '#adapters/control-store.js'
import { answering, type Exchange, type ExchangeObserver } from '#adapters/wire/exchange.js'
import { type CommandSignature, isSignedBy } from '#adapters/wire/signing.js'
import type { Assent } from '#domain/portfolio/event.js'
import type { Bus, Message, Unsubscribe } from '#ports/bus.js'
import { encode } from '#units/canonical.js'
import { digest } from '#units/digest.js'
import { Fault } from '#units/fault.js'
import type { Signed } from './parties.js'

/** Longest a signed command may take to arrive, and how far a clock may be ahead, milliseconds. */
const LIFE_MS = 60_000
const AHEAD_MS = 5_000
/** How long a request waits for a second person, milliseconds. */
const WAIT_MS = 10 * 60_000
/** Requests that may wait at once: more are nobody's honest work. */
const MOST_WAITING = 32
/** Hex digits of a request's id: too many for anybody to make two requests that share one. */
const ID_DIGITS = 32

/** Whose commands are believed, and how far. */
export interface AuthorityRules {
  /** Public keys by operator. */
  readonly operators: Readonly<Record<string, string>>
  /** Which commands need no signature: all, those that let less trade, none. */
  readonly unsigned: 'allow' | 'tighten' | 'refuse'
  /** Whether what lets more trade takes two operators. */
  readonly twoPerson: boolean
}

/** What a daemon without operators goes by: everybody whom NATS lets in is believed. */
export const NO_OPERATORS: AuthorityRules = { operators: {}, unsigned: 'allow', twoPerson: false }

/** A signed question. */
export type SignedQuestion = Signed & { readonly signature: CommandSignature | null }

/** What a second operator confirms beside the command itself, a sentence each. */
export type Terms = PendingRequest['terms']

/** A command that changes something: what it asks, where, whether it lets more trade, and how it is carried out. */
export interface Command<Q extends SignedQuestion> {
  /** Names it in requests that wait and in logs. */
  readonly verb: string
  readonly exchange: Exchange<z.ZodType<Q>, z.ZodType>
  /** Subject it is served on. */
  readonly pattern: string
  /** True when two people must want it: it undoes a halt, raises a limit or books by hand. */
  readonly loosens: (asked: Q, subject: string) => boolean
  /** True when it lets less trade and does nothing else: only this needs no signature where `unsigned` is `tighten`. */
  readonly tightens: boolean
  /** True when it counts who asks: where operators are listed it is signed, whatever `unsigned` says. */
  readonly personal?: boolean
  /**
   * What it undoes or books as things stand: the second operator confirms this, and once it has changed nothing is confirmed.
   * A promise where others must be asked; `carryOut` then holds what it does against `terms` itself.
   */
  readonly stands?: (asked: Q, subject: string) => Terms | Promise<Terms>
  /**
   * `terms` are what a second operator confirmed beside the command itself. A Fault `LOOSENING_REFUSED` says that it turned
   * out to let more trade: it then waits, its `loosened` being the terms.
   */
  readonly carryOut: (asked: Q, subject: string, assent: Assent, terms: Terms) => Promise<object>
}

interface AnyCommand extends Omit<Command<never>, 'exchange'> {
  readonly exchange: Exchange<z.ZodType, z.ZodType>
}

/** What an authority works with. */
export interface AuthorityParts {
  readonly rules: AuthorityRules
  readonly store: ControlStore
  /** Real time, milliseconds since 1970. */
  readonly now: () => number
}

/**
 * Decides whose commands are carried out. A signature is checked against the operator's key, its age and its nonce, which is on
 * disk before anything happens; the actor is then the operator. What lets more trade waits, durably, until another operator
 * confirms it, and is then carried out with both names. Source: design engine.md section 9; ADR 0017.
 */
export class Authority {
  readonly #commands = new Map<string, AnyCommand>()

  constructor(private readonly parts: AuthorityParts) {}

  /** Serves a command. */
  serve<Q extends SignedQuestion>(bus: Bus, command: Command<Q>, observer: ExchangeObserver): Unsubscribe {
    this.#commands.set(command.verb, command as unknown as AnyCommand)
    return answering(
      bus,
      command.exchange,
      command.pattern,
      async (asked, { subject, body }) => {
        const question = asked as Q
        const loosens = (): boolean => command.loosens(question, subject)
        const { twoPerson } = this.parts.rules
        const signer = await this.signer(subject, body, question, command.tightens && !loosens())
        if (command.personal === true && signer === null) this.#mustBeKnown(command.verb)
        // Asked again: what it does may have changed while the nonce was written. From here on nothing is waited for.
        if (!loosens() || question.dry_run) return this.#carryOut(command, question, { subject, body }, signer)
        if (twoPerson)
          throw await this.#wait(
            command.verb,
            { subject, body },
            question,
            signer,
            await command.stands?.(question, subject),
          )
        if (signer === null) this.#mayBeUnsigned(false)
        return command.carryOut(question, subject, {}, [])
      },
      observer,
    )
  }

  /**
   * Who signed a command; null when nobody did and that is allowed.
   * @throws Fault (never) `UNSIGNED`, `OPERATOR_UNKNOWN`, `SIGNATURE_INVALID`, `SIGNATURE_EXPIRED`, `NONCE_USED`,
   * `ACTOR_MISMATCH`.
   */
  async signer(subject: string, body: string, asked: SignedQuestion, tightens: boolean): Promise<string | null> {
    const { rules, store, now } = this.parts
    const { signature, actor } = asked
    // Where there are no operators there is nothing to check a signature against, and nobody is refused for one.
    const listed = Object.keys(rules.operators).length > 0
    if (signature === null || !listed) return this.#mayBeUnsigned(tightens)
    const { operator, nonce, issued_at: issued } = signature
    const key = Object.hasOwn(rules.operators, operator) ? rules.operators[operator] : undefined
    if (key === undefined) throw new Fault('OPERATOR_UNKNOWN', `no operator is called ${operator}`, 'never')
    const sent = JSON.parse(body) as Readonly<Record<string, unknown>>
    if (!isSignedBy(subject, sent, key))
      throw new Fault('SIGNATURE_INVALID', `the signature is not ${operator}'s over this command`, 'never')
    const age = now() - issued
    if (age > LIFE_MS || age < -AHEAD_MS)
      throw new Fault(
        'SIGNATURE_EXPIRED',
        `signed ${Math.round(age / 1000)} s ago; ${LIFE_MS / 1000} s are allowed`,
        'never',
      )
    if (actor !== operator)
      throw new Fault('ACTOR_MISMATCH', `signed by ${operator}, asked in the name of ${actor}`, 'never')
    if (!(await store.use(`${operator}/${nonce}`, issued + LIFE_MS + AHEAD_MS)))
      throw new Fault('NONCE_USED', 'this very command was sent before: sign it anew', 'never')
    void store.forget(now())
    return operator
  }

  /** Requests that wait for a second person, oldest first. */
  waiting(): readonly PendingRequest[] {
    const now = this.parts.now()
    return this.parts.store
      .pending()
      .filter(({ expires }) => expires >= now)
      .sort((a, b) => a.at - b.at)
  }

  /**
   * Carries out a request that waits, confirmed by another operator than the one who asked.
   * @throws Fault (never) `APPROVAL_UNKNOWN`, `SAME_OPERATOR`, `APPROVAL_MOVED` when what it undoes or books is not what it was, and whatever the command itself may throw: it then still waits.
   */
  async approve(
    id: string,
    signer: string | null,
  ): Promise<{ readonly request: PendingRequest; readonly answer: object }> {
    const request = this.waiting().find((row) => row.id === id)
    const command = request && this.#commands.get(request.verb)
    if (request === undefined || command === undefined)
      throw new Fault('APPROVAL_UNKNOWN', `nothing waits under ${id}: it was carried out, or has expired`, 'never')
    if (signer === null) throw new Fault('UNSIGNED', 'a second person must sign', 'never')
    if (signer === request.by)
      throw new Fault('SAME_OPERATOR', `${signer} asked for it: somebody else must confirm it`, 'never')
    const asked = command.exchange.question.parse(JSON.parse(request.body)) as never
    const stands = command.stands?.(asked, request.subject)
    // Only a promise is waited for: what is known here is looked at in the very turn the command is begun.
    const terms = stands instanceof Promise ? await stands : stands
    if (terms !== undefined && encode(terms) !== encode(request.terms)) {
      await this.parts.store.drop(id)
      throw approvalMoved(request.verb, terms)
    }
    const answer = await command.carryOut(
      asked,
      request.subject,
      { approved: { by: signer, request: id } },
      request.terms,
    )
    await this.parts.store.drop(id)
    return { request, answer }
  }

  #mayBeUnsigned(tightens: boolean): null {
    const { unsigned } = this.parts.rules
    if (unsigned === 'allow' || (unsigned === 'tighten' && tightens)) return null
    throw new Fault('UNSIGNED', 'this command must be signed by an operator', 'never')
  }

  /** Without operators there is nobody to tell apart, and everybody is believed. */
  #mustBeKnown(verb: string): void {
    if (Object.keys(this.parts.rules.operators).length > 0)
      throw new Fault('UNSIGNED', `${verb} counts who asks: an operator must sign it`, 'never')
  }

  async #carryOut<Q extends SignedQuestion>(
    command: Command<Q>,
    question: Q,
    message: Pick<Message, 'subject' | 'body'>,
    signer: string | null,
  ): Promise<object> {
    try {
      return await command.carryOut(question, message.subject, {}, [])
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'LOOSENING_REFUSED' || !this.parts.rules.twoPerson) throw error
      const terms = (error.data.loosened ?? []) as Terms
      throw await this.#wait(command.verb, message, question, signer, terms)
    }
  }

  async #wait(
    verb: string,
    { subject, body }: Pick<Message, 'subject' | 'body'>,
    { reason }: SignedQuestion,
    signer: string | null,
    terms: Terms = [],
  ): Promise<Fault> {
    if (signer === null) return new Fault('UNSIGNED', `${verb} takes two operators: sign it`, 'never')
    const { store, now } = this.parts
    const { signature: _, ...command } = JSON.parse(body) as Record<string, unknown>
    const id = digest(encode({ subject, command, by: signer, terms })).slice(0, ID_DIGITS)
    if (this.waiting().filter((row) => row.id !== id).length >= MOST_WAITING)
      return new Fault('TOO_MANY_WAITING', `${MOST_WAITING} requests wait already`, 'safe')
    const at = now()
    const expires = at + WAIT_MS
    await store.keep({ id, verb, subject, body: JSON.stringify(command), by: signer, reason, terms, at, expires })
    return new Fault(
      'SECOND_OPERATOR',
      `${verb} takes two operators: within ${WAIT_MS / 60_000} minutes somebody else must confirm it with: ballast approve ${id}`,
      'never',
      { approval: id, expires: new Date(expires).toISOString(), terms: [...terms] },
    )
  }
}

/** @returns Fault `APPROVAL_MOVED` (never): what was asked for now comes to something else. */
export const approvalMoved = (verb: string, terms: Terms): Fault =>
  new Fault('APPROVAL_MOVED', `${verb} is another matter by now: ${terms.join('; ')}: ask anew`, 'never')

import { type Msg, nuid } from 'nats'
import type { Message } from '#ports/bus.js'
import { Fault } from '#units/fault.js'
import { messageOf } from './message.js'

/** How a request ended, as the metrics name it. */
export type Outcome = 'ok' | 'timeout' | 'no_responders' | 'disconnected' | 'error'

interface Waiting {
  readonly subject: string
  readonly answer: (message: Message) => void
  readonly fail: (fault: Fault, outcome: Outcome) => void
}

/**
 * Requests that wait for their answer. They outlive a connection: after a reconnect the same inbox is listened to, so
 * an answer may still come; what was asked is never sent again.
 */
export class Requests {
  /** The inbox of every answer; one token follows. */
  readonly pattern: string
  private readonly prefix: string
  private readonly waiting = new Map<string, Waiting>()
  private count = 0

  /** Told how each request ended and how long it took, milliseconds. */
  constructor(
    inboxPrefix: string,
    private readonly ended: (subject: string, outcome: Outcome, tookMs: number) => void,
  ) {
    this.prefix = `${inboxPrefix}.${nuid.next()}.`
    this.pattern = `${this.prefix}*`
  }

  /**
   * Sends and waits. `send` gets the inbox for the answer; when it throws, nothing was sent and the request ends so.
   * @throws Fault as the port says.
   */
  ask(message: Message, timeoutMs: number, send: (reply: string) => void): Promise<Message> {
    const { subject } = message
    const started = performance.now()
    this.count += 1
    const token = this.count.toString(36)
    return new Promise((resolve, reject) => {
      // An answer that lies in the socket when a busy process wakes up too late is read before the second step.
      const timer = setTimeout(
        () => setImmediate(() => waiting.fail(timeoutFault(subject, timeoutMs), 'timeout')),
        timeoutMs,
      )
      const finish = (outcome: Outcome): boolean => {
        if (!this.waiting.delete(token)) return false
        clearTimeout(timer)
        this.ended(subject, outcome, performance.now() - started)
        return true
      }
      const waiting: Waiting = {
        subject,
        answer: (answer) => finish('ok') && resolve(answer),
        fail: (fault, outcome) => finish(outcome) && reject(fault),
      }
      this.waiting.set(token, waiting)
      try {
        send(`${this.prefix}${token}`)
      } catch (error) {
        finish(error instanceof Fault && error.code === 'DISCONNECTED' ? 'disconnected' : 'error')
        reject(error)
      }
    })
  }

  /** Hands an arrived message to the request it answers; late answers go nowhere. */
  arrived(message: Msg): void {
    const waiting = this.waiting.get(message.subject.slice(this.prefix.length))
    if (waiting === undefined) return
    if (message.data.length === 0 && message.headers?.code === 503)
      waiting.fail(noRespondersFault(waiting.subject, 'nobody serves'), 'no_responders')
    else waiting.answer(messageOf(message))
  }

  /** The server would not take what was asked on this subject: nobody heard it. */
  denied(subject: string): void {
    for (const waiting of [...this.waiting.values()])
      if (waiting.subject === subject) waiting.fail(noRespondersFault(subject, 'the server does not allow'), 'error')
  }

  /** Ends all that still wait: their answer can no longer arrive. */
  abandon(): void {
    for (const waiting of [...this.waiting.values()])
      waiting.fail(
        new Fault('TIMEOUT', `no answer on ${waiting.subject} before the bus closed`, 'ask-first', {
          subject: waiting.subject,
        }),
        'timeout',
      )
  }
}

const noRespondersFault = (subject: string, why: string): Fault =>
  new Fault('NO_RESPONDERS', `${why} ${subject}`, 'ask-first', { subject })

const timeoutFault = (subject: string, timeoutMs: number): Fault =>
  new Fault('TIMEOUT', `no answer on ${subject} within ${timeoutMs} ms`, 'ask-first', { subject, timeoutMs })

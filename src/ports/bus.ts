/** A message as it travels: subjects are dot-separated tokens, bodies are text (JSON, at most 64 KiB). */
export interface Message {
  readonly subject: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

/** Ends a subscription; messages already delivered may still be handled. */
export type Unsubscribe = () => void

/** Whether messages reach anybody at the moment. A closed bus never opens again. */
export type BusState = 'connected' | 'disconnected' | 'closed'

/**
 * Publish/subscribe and request/reply by subject. In a pattern `*` matches one token and a last `>` one or more.
 * Subscriptions and servers outlive a lost connection.
 * Faults: `NO_RESPONDERS` (ask-first), `TIMEOUT` (ask-first), `DISCONNECTED` (safe: nothing was sent),
 * `PAYLOAD_TOO_LARGE` (never), `CLOSED` (never).
 */
export interface Bus {
  state(): BusState
  /** Calls back with every later change of state. */
  onState(listener: (state: BusState) => void): Unsubscribe
  /**
   * Hands the message to every matching subscription, in order per subscription; a subscriber's error is its own.
   * At most once: while disconnected it is dropped.
   */
  publish(subject: string, body: string, headers?: Readonly<Record<string, string>>): void
  subscribe(pattern: string, handler: (message: Message) => void): Unsubscribe
  /** Answers requests on a subject; with several servers on one subject, one of them answers. */
  serve(subject: string, handler: (message: Message) => Promise<string>): Unsubscribe
  request(
    subject: string,
    body: string,
    timeoutMs: number,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Message>
  /** Refuses new work, lets what was accepted finish. */
  close(): Promise<void>
}

/** Whether the failed operation may be repeated: as it is, only after asking what happened, or never. */
export type Retry = 'safe' | 'ask-first' | 'never'

/** The world failed (I/O, network, a peer): adapters throw it, the engine turns it into an event. */
export class Fault extends Error {
  override readonly name = 'Fault'

  constructor(
    /** Stable and upper case, such as `TIMEOUT` or `JOURNAL_LOCKED`. */
    readonly code: string,
    message: string,
    readonly retry: Retry,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message)
  }
}

/** True when what was handed over will never be taken; not so when who takes it is closed or cannot write any more. */
export const refusedForGood = (error: unknown): error is Fault =>
  error instanceof Fault && error.retry === 'never' && error.code !== 'CLOSED' && !error.code.startsWith('JOURNAL_')

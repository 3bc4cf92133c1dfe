/** How failed starts are answered. */
export interface PatienceOptions {
  /** Pause after the second failure in a row, milliseconds; it doubles with each further one. */
  readonly pauseMs: number
  /** Failures in a row after which only one try is made every {@link restMs}. */
  readonly mostFailures: number
  /** Pause once that many have failed, milliseconds. */
  readonly restMs: number
}

/** Counts failures in a row and says how long to wait: not at all after one, ever longer after more. */
export class Patience {
  #failures = 0
  #notBefore = Number.NEGATIVE_INFINITY

  constructor(private readonly options: PatienceOptions) {}

  /** True when so many have failed in a row that nobody should wait for the next try. */
  get exhausted(): boolean {
    return this.#failures >= this.options.mostFailures
  }

  /** Milliseconds until the next try may be made. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#notBefore - nowMs)
  }

  /** One more has failed. */
  failed(nowMs: number): void {
    this.#failures += 1
    const { pauseMs, restMs } = this.options
    if (this.exhausted) this.#notBefore = nowMs + restMs
    else if (this.#failures > 1) this.#notBefore = nowMs + Math.min(pauseMs * 2 ** (this.#failures - 2), restMs)
  }

  /** All is well again. */
  succeeded(): void {
    this.#failures = 0
    this.#notBefore = Number.NEGATIVE_INFINITY
  }
}

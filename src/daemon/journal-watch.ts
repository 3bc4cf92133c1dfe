import { corrupt } from '#adapters/journal/codec.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import { Fault } from '#units/fault.js'
import type { PortfolioId } from '#units/ids.js'

/** What is watched, and who is told. */
export interface JournalWatchOptions {
  readonly journal: Pick<Journal, 'entries' | 'head' | 'seal'>
  readonly portfolios: readonly PortfolioId[]
  readonly metrics: Metrics
  readonly log: Log
  /** Time between two rounds, milliseconds; each looks at one portfolio. */
  readonly everyMs: number
}

/** A watch that goes on by itself. */
export interface JournalWatch {
  /** Ends it; reads nothing more from the journal. */
  close(): void
}

/** Pause a daemon makes between two rounds, milliseconds. */
export const VERIFY_MS = 60_000

/** Work at a time, milliseconds: nobody waits longer for the event loop than twice this, besides one entry's own cost. */
const SLICE_MS = 4
/** Pause after each slice, as a multiple of its time: a round takes a fifth of one processor at most. */
const REST = 4
/** Work of one round, milliseconds; a longer chain goes on in the portfolio's next round. */
const ROUND_MS = 500
const FIRST_SLICE = 8
const LARGEST_SLICE = 256

/**
 * Reads the stored chains again while the process runs, one portfolio a round in turn, from its first entry, or its
 * seal, to its head, and checks every hash and link: what a disk or a stranger changes is so found before the next start has to
 * refuse it. A finished chain counts as `ok` in `ballast_journal_verify_total`, a broken one as `failed`, with an error
 * in the log that names the entry; then the chain begins again. Nothing is halted: what is in memory was checked before.
 * Cost  slices of some 4 ms with pauses, half a second of work a round at most. Snapshots are left to the start.
 */
export function watchJournal(options: JournalWatchOptions): JournalWatch {
  const { portfolios, everyMs } = options
  const walks = portfolios.map((portfolio) => new Walk(portfolio, options))
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let next = 0
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      timer = setTimeout(resolve, ms)
      timer.unref()
    })
  const watch = async (): Promise<void> => {
    while (walks.length > 0) {
      await wait(everyMs)
      const walk = walks[next % walks.length]
      next += 1
      for (let spentMs = 0; walk !== undefined && spentMs < ROUND_MS; ) {
        if (closed) return
        const began = performance.now()
        const more = walk.step()
        const tookMs = performance.now() - began
        if (!more) break
        spentMs += tookMs
        await wait(tookMs * REST)
      }
    }
  }
  watch().catch((error: unknown) => options.log.error({ error: String(error) }, 'the journal is watched no more'))
  return {
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}

/** One portfolio's chain, walked a slice at a time. */
class Walk {
  /** Null before the chain's first entry. */
  #last: number | null = null
  #slice = FIRST_SLICE

  constructor(
    readonly portfolio: PortfolioId,
    readonly options: Omit<JournalWatchOptions, 'portfolios' | 'everyMs'>,
  ) {}

  /**
   * Checks the next slice; false when the chain is finished, whole or not.
   * @throws Fault `JOURNAL_WRITE_FAILED`: the journal answers nothing any more.
   */
  step(): boolean {
    try {
      if (this.#slicedTo(this.options.journal.head(this.portfolio))) return true
      this.options.metrics.count('ballast_journal_verify_total', { outcome: 'ok' })
    } catch (error) {
      if (error instanceof Fault && error.code === 'JOURNAL_WRITE_FAILED') throw error
      const { portfolio } = this
      this.options.metrics.count('ballast_journal_verify_total', { outcome: 'failed' })
      this.options.log.error({ portfolio, error: String(error) }, 'the journal on disk does not verify')
    }
    this.#last = null
    return false
  }

  /** Reads a slice, each entry checked by itself and against the one before; true when there is more up to `head`. */
  #slicedTo(head: { readonly seq: number; readonly hash: string }): boolean {
    const { portfolio } = this
    if (head.seq === 0) return false
    const began = performance.now()
    const before = this.#last ?? this.options.journal.seal(portfolio)?.seq ?? 0
    const wanted = Math.min(this.#slice, head.seq - before)
    const entries = this.options.journal.entries(portfolio, before + 1, wanted)
    this.#last = before + entries.length
    if (entries.length < wanted) throw corrupt(portfolio, this.#last + 1, `missing, the head is at ${head.seq}`)
    const tookMs = performance.now() - began
    if (tookMs > SLICE_MS) this.#slice = Math.max(1, Math.floor((this.#slice * SLICE_MS) / tookMs))
    else if (tookMs < SLICE_MS / 2) this.#slice = Math.min(LARGEST_SLICE, this.#slice * 2)
    if (this.#last < head.seq) return true
    if (entries.at(-1)?.hash !== head.hash) throw corrupt(portfolio, head.seq, 'the head has another hash')
    return false
  }
}

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal } from '#adapters/journal/lmdb.js'
import { prometheusMetrics } from '#adapters/metrics/prometheus.js'
import { watchJournal } from '#daemon/journal-watch.js'
import type { Journal } from '#ports/journal.js'
import { type Log, silentLog } from '#ports/log.js'
import { type PortfolioId, portfolioId } from '#units/ids.js'
import { until } from '../../contract/gateway-parts.js'
import { commitsOf } from '../../contract/journal-samples.js'
import { tempDir } from '../../support/temp-dir.js'

const core = portfolioId('core')
const income = portfolioId('income')

interface Watched {
  readonly counted: { ok: number; failed: number }
  readonly errors: string[]
}

/** A journal with entries of both portfolios. */
async function journalOf(dir: string, count: number): Promise<Journal> {
  const journal = openJournal({ dir })
  onTestFinished(() => journal.close())
  await journal.commit([...commitsOf(core, count), ...commitsOf(income, 3)])
  return journal
}

function watched(
  journal: Pick<Journal, 'entries' | 'head' | 'seal'>,
  portfolios: readonly PortfolioId[],
  everyMs = 2,
): Watched {
  const counted = { ok: 0, failed: 0 }
  const errors: string[] = []
  const sink = prometheusMetrics({ portfolios: [], processMetrics: false })
  const metrics = {
    ...sink,
    count: (_: string, labels: Readonly<Record<string, string>> = {}) => {
      counted[labels.outcome as 'ok' | 'failed'] += 1
    },
  }
  const log: Log = { ...silentLog, error: (fields) => void errors.push(String(fields.error)) }
  const watch = watchJournal({ journal, portfolios, metrics, log, everyMs })
  onTestFinished(() => watch.close())
  return { counted, errors }
}

/** Flips one bit on disk, below the open journal, in the place where `text` begins. */
function flipOnDisk(dir: string, text: string): void {
  const path = join(dir, 'data.mdb')
  const bytes = readFileSync(path)
  const places: number[] = []
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) places.push(at)
  expect(places.length).toBeGreaterThan(0)
  const file = openSync(path, 'r+')
  for (const at of places) writeSync(file, Buffer.from([bytes.readUInt8(at) ^ 1]), 0, 1, at)
  closeSync(file)
}

describe('the watch of a journal', () => {
  it('reads every chain in turn, again and again, and new entries with it', async () => {
    const journal = await journalOf(tempDir(), 40)
    const asked: string[] = []
    const seen = {
      head: journal.head,
      seal: journal.seal,
      entries: (...given: Parameters<Journal['entries']>) => {
        const entries = journal.entries(...given)
        asked.push(...entries.map(({ seq }) => `${given[0]} ${seq}`))
        return entries
      },
    }
    const { counted, errors } = watched(seen, [core, income])
    await until(() => counted.ok >= 2)
    expect(asked.slice(0, 43)).toEqual([
      ...Array.from({ length: 40 }, (_, index) => `core ${index + 1}`),
      ...[1, 2, 3].map((seq) => `income ${seq}`),
    ])
    await journal.commit(commitsOf(core, 41).slice(40))
    await until(() => asked.includes('core 41'))
    const before = counted.ok
    await until(() => counted.ok > before + 3)
    expect([counted.failed, errors]).toEqual([0, []])
  })

  it('counts a chain with one bit flipped on disk as failed and names the entry; its sibling stays fine', async () => {
    const dir = tempDir()
    const journal = await journalOf(dir, 30)
    const { counted, errors } = watched(journal, [core, income])
    await until(() => counted.ok >= 2)
    flipOnDisk(dir, journal.entries(core, 17, 1)[0]!.hash)
    await until(() => counted.failed >= 2)
    expect(errors[0]).toContain('core does not verify at 17')
    expect(errors.filter((line) => !line.includes('core does not verify at 17'))).toEqual([])
    const before = counted.ok
    await until(() => counted.ok > before)
  })

  it('finds a chain that is shorter than its head, and a head that is not its last entry’s', async () => {
    const journal = await journalOf(tempDir(), 5)
    const missing = { entries: journal.entries, seal: journal.seal, head: () => ({ ...journal.head(core), seq: 9 }) }
    const short = watched(missing, [core])
    await until(() => short.counted.failed > 0)
    expect(short.errors[0]).toContain('at 6: missing, the head is at 9')
    const other = watched({ entries: journal.entries, seal: journal.seal, head: () => ({ seq: 5, hash: '00' }) }, [
      core,
    ])
    await until(() => other.counted.failed > 0)
    expect(other.errors[0]).toContain('at 5: the head has another hash')
  })

  it('has nothing against a portfolio without entries, and reads nothing after its end', async () => {
    const journal = openJournal({ dir: tempDir() })
    const { counted } = watched(journal, [core])
    await until(() => counted.ok > 0)
    const closing = await journalOf(tempDir(), 5)
    let reads = 0
    const metrics = prometheusMetrics({ portfolios: [], processMetrics: false })
    const head = (portfolio: PortfolioId) => {
      reads += 1
      return closing.head(portfolio)
    }
    const watch = watchJournal({
      ...{
        journal: { entries: closing.entries, seal: closing.seal, head },
        portfolios: [core],
        metrics,
        log: silentLog,
        everyMs: 0,
      },
    })
    await until(() => reads > 2)
    watch.close()
    const last = reads
    const again = watched(closing, [core])
    await until(() => again.counted.ok > 5)
    expect(reads).toBe(last)
    await journal.close()
  })

  it('reads a chain of 10,000 entries in slices that leave the event loop its turns', async () => {
    const journal = await journalOf(tempDir(), 10_000)
    const tookMs: number[] = []
    const timed = {
      head: journal.head,
      seal: journal.seal,
      entries: (...given: Parameters<Journal['entries']>) => {
        const began = performance.now()
        const entries = journal.entries(...given)
        tookMs.push(performance.now() - began)
        return entries
      },
    }
    const { counted } = watched(timed, [core])
    await until(() => counted.ok > 0)
    const sorted = tookMs.toSorted((a, b) => a - b)
    const total = sorted.reduce((sum, ms) => sum + ms, 0)
    const worst = sorted.at(-1)!
    process.stdout.write(
      `watch of 10,000 entries: ${tookMs.length} slices, ${Math.round(total)} ms, median ${sorted[sorted.length >> 1]!.toFixed(1)} ms, worst ${worst.toFixed(1)} ms\n`,
    )
    expect(tookMs.length).toBeGreaterThan(20)
    // The worst may be another process's turn on a busy machine.
    expect(sorted[Math.floor(sorted.length * 0.9)]).toBeLessThan(20)
  })
})

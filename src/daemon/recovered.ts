import type { Metrics } from '#ports/metrics.js'
import { Engine } from '#runtime/engine.js'
import type { EnginePorts } from '#runtime/engine-ports.js'

/**
 * Opens the engine over a journal, which replays and checks every chain since its last snapshot; counts how that went.
 * What was opened before it is released when it fails. @throws Fault `JOURNAL_CORRUPT`.
 */
export async function recovered(metrics: Metrics, ports: EnginePorts, release: () => Promise<void>): Promise<Engine> {
  try {
    const engine = new Engine(ports)
    metrics.count('ballast_journal_verify_total', { outcome: 'ok' }, ports.journal.portfolios().length)
    return engine
  } catch (error) {
    metrics.count('ballast_journal_verify_total', { outcome: 'failed' })
    await release()
    throw error
  }
}

import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { keys, PaperStore } from '#adapters/gateway/paper/store.js'
import { backUpJournal } from '#adapters/journal/backup.js'
import { exportLines, readExport } from '#adapters/journal/export.js'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import type { Assembly } from '#daemon/assemble.js'
import { loadConfig } from '#daemon/config/load.js'
import { importHistory, restoreJournal } from '#daemon/renewal.js'
import { quiescent } from '#daemon/replay.js'
import { feedHistory, openConfigured } from '#daemon/serve.js'
import { silentLog } from '#ports/log.js'
import { noMetrics } from '#ports/metrics.js'
import { type PortfolioId, portfolioId } from '#units/ids.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'

const FIXED = portfolioId('fixed')
const PAUSED = portfolioId('refused')

describe('a journal that was restored or imported', () => {
  const origin = suiteTempDir()
  let workspace: Workspace
  let state: string

  beforeAll(async () => {
    workspace = writeWorkspace(origin)
    await playWorkspace(workspace)
  })

  beforeEach(() => {
    state = join(tempDir(), 'state')
    cpSync(workspace.state, state, { recursive: true })
  })

  /** Starts the engine over a state directory, lets something be done with it, and stops it once all is on disk. */
  async function started<T>(work: (assembly: Assembly) => Promise<T> | T): Promise<T> {
    const loaded = loadConfig(workspace.config)
    if (!loaded.ok) throw new Error(loaded.refusal.message)
    const onFatal = (error: unknown): never => {
      throw error
    }
    const sinks = { log: silentLog, metrics: noMetrics, onFatal }
    const assembly = await openConfigured(loaded.value, state, feedHistory(loaded.value), sinks)
    try {
      await assembly.engine.start()
      await quiescent(assembly)
      const answer = await work(assembly)
      await quiescent(assembly)
      return answer
    } finally {
      await assembly.close()
    }
  }

  /** What every portfolio's trading is, and why. */
  const standings = ({ engine }: Assembly): Record<string, unknown> =>
    Object.fromEntries(
      engine.portfolios.map((id) => {
        const { value, context } = engine.host.snapshot(id)!
        return [id, [value.permission, context.permissionReason, engine.isReady(id)]]
      }),
    )

  async function termsAtGateway(portfolio: PortfolioId): Promise<unknown> {
    const store = new PaperStore(join(state, 'venue'))
    const terms = store.read(keys.terms(portfolio))
    await store.close()
    return terms
  }

  it('is halted, whatever was halted or killed after the backup, and at the gateway too', async () => {
    await started(({ engine }) => engine.permit(PAUSED, 'paused', 'ann', 'a look at the prices'))
    const backup = join(tempDir(), 'backup')
    const dir = join(state, 'journal')
    await backUpJournal({ dir, to: backup })
    await started(async ({ engine }) => {
      const by = { actor: 'ann', reason: 'prices look wrong' }
      await engine.permit(FIXED, 'halted', by.actor, by.reason)
      for (const id of engine.portfolios) await engine.restrain(id, { scope: { kind: 'firm' }, to: 'halted', ...by })
    })
    expect(await termsAtGateway(FIXED)).toMatchObject({ level: 'halted' })
    const { portfolios } = await restoreJournal({ backup, dir, replace: true, reason: 'lost disk' })
    const found = await started((assembly) => {
      expect(standings(assembly)).toEqual({
        fixed: ['halted', 'restore: lost disk', true],
        optimised: ['halted', 'restore: lost disk', true],
        refused: ['halted', 'restore: lost disk; paused before (ann: a look at the prices)', true],
      })
      const { seq, hash } = assembly.journal.entries(FIXED, portfolios[0]!.version, 1)[0]!
      return { portfolio: FIXED, version: seq, hash }
    })
    expect(portfolios[0]).toEqual(found)
    const terms = { level: 'halted', reason: expect.stringContaining('restore: lost disk') }
    for (const { portfolio } of portfolios) expect(await termsAtGateway(portfolio)).toMatchObject(terms)
  })

  /** Takes the history of one portfolio to another place, its venue with it. */
  async function moved() {
    const dir = join(state, 'journal')
    const from = openJournalForReading({ dir })
    const history = readExport([...exportLines(from, FIXED)])
    await from.close()
    rmSync(dir, { recursive: true })
    return importHistory({ history, dir, reason: 'moved' })
  }

  it('is halted where it was imported, until somebody resumes it', async () => {
    const imported = await moved()
    await started(async (assembly) => {
      const { seq, hash } = assembly.journal.entries(FIXED, imported.version, 1)[0]!
      expect(imported).toEqual({ portfolio: FIXED, version: seq, hash })
      expect(standings(assembly).fixed).toEqual(['halted', 'import: moved', true])
      await assembly.engine.permit(FIXED, 'active', 'ann', 'looked at')
    })
    expect(await termsAtGateway(FIXED)).toMatchObject({ level: 'active' })
  })

  it('takes nothing back a second time where it was imported', async () => {
    await started(async ({ journal, venue }) => {
      await venue.bust(FIXED, journal.executions(FIXED).at(-1)!.id, 'erroneous')
    })
    await moved()
    await started((assembly) => {
      expect(standings(assembly).fixed).toEqual(['halted', 'import: moved', true])
      const events = assembly.journal.entries(FIXED, 1, 10_000).map(({ event }) => event.type)
      expect(events.filter((type) => type === 'busted')).toHaveLength(1)
    })
  })
})

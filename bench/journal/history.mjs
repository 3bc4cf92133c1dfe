// The history the journal bench writes: one portfolio of the demo, recorded from a real replay, and the same under other
// names.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readPriceCsv } from '../../dist/src/adapters/feed/csv.js'
import { openJournal } from '../../dist/src/adapters/journal/lmdb.js'
import { nativeSolver } from '../../dist/src/adapters/solver/native.js'
import { demoPortfolios } from '../../dist/src/cli/demo/portfolios.js'
import { assemble } from '../../dist/src/daemon/assemble.js'
import { replay } from '../../dist/src/daemon/replay.js'
import { GENESIS, seal } from '../../dist/src/domain/portfolio/entry.js'
import { silentLog } from '../../dist/src/ports/log.js'
import { noMetrics } from '../../dist/src/ports/metrics.js'

const PRICES = fileURLToPath(new URL('../../node_modules/vega-datasets/data/stocks.csv', import.meta.url))

/** Every commit of two of the demo's portfolios, by name, over ten years of monthly prices of five stocks. */
export async function recordHistories(dir) {
  const history = readPriceCsv(PRICES, {})
  const commits = []
  const assembly = await assemble({
    stateDir: join(dir, 'recording'),
    policies: demoPortfolios(history)
      .slice(0, 2)
      .map(({ policy }) => policy),
    history,
    seed: 'bench',
    venue: {},
    solver: nativeSolver(),
    log: silentLog,
    metrics: noMetrics,
    onFatal: (error) => {
      throw error
    },
    openJournal: (folder) => {
      const journal = openJournal({ dir: folder })
      return {
        ...journal,
        commit: async (batch) => {
          commits.push(...batch)
          await journal.commit(batch)
        },
      }
    },
  })
  await replay(assembly, { history, speed: 0 })
  await assembly.close()
  return (portfolio) => commits.filter(({ entry }) => entry.portfolio === portfolio)
}

/** The same history under another name, chained anew, one commit a call. */
export function underName(commits, portfolio) {
  let prev = GENESIS
  let next = 0
  return () => {
    const commit = commits[next]
    const { prev: _prev, hash: _hash, ...draft } = commit.entry
    const entry = seal({ ...draft, portfolio }, prev)
    prev = entry.hash
    next += 1
    return { ...commit, entry }
  }
}

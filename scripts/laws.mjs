// The laws' campaign: random command sequences over the book, over book and state repository on a real journal, each
// against a model kept by hand, and over what a pulse looks at, its screen against the exact triggers; the laws of sharing
// out risk, over as many covariances, and of sizes under caps; random books and targets before every planner and rule; and
// whole runs of a portfolio whose venue fills, rejects and moves prices as it likes; and calendars of every named day over
// twenty years. Every suite of test/laws takes part, those too whose number of cases is their own.
//   npm run laws -- --runs 10000 [--seed n]
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { runs: { type: 'string', default: '10000' }, seed: { type: 'string' } } })
const { runs, seed } = values
for (const [name, value] of Object.entries({ runs, seed }))
  if (value !== undefined && !/^[1-9]\d*$/.test(value)) {
    console.error(`laws: --${name} takes a whole number ≥ 1, not ${value}`)
    process.exit(64)
  }
const env = { ...process.env, BALLAST_SEQUENCES: runs, ...(seed === undefined ? {} : { BALLAST_SEED: seed }) }
const folder = 'test/laws'
const laws = readdirSync(new URL(`../${folder}`, import.meta.url))
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `${folder}/${name}`)
const given = ['node_modules/vitest/vitest.mjs', 'run', ...laws, '--test-timeout', '3600000']
process.exitCode = spawnSync(process.execPath, given, { stdio: 'inherit', env }).status ?? 1

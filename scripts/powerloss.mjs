// The power-loss campaign: LMDB images rebuilt from only the bytes a real journal process had synced, plus any subset of
// what it had written since; each must open, verify, and hold every acknowledged fill.
//   npm run powerloss [-- --images 2000] [--seed n] [--out bench/results/powerloss.json]
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { images: { type: 'string', default: '2000' }, seed: { type: 'string' }, out: { type: 'string' } },
})
const { images, seed, out } = values
for (const [name, value] of Object.entries({ images, seed }))
  if (value !== undefined && !/^[1-9]\d*$/.test(value)) {
    console.error(`powerloss: --${name} takes a whole number ≥ 1, not ${value}`)
    process.exit(64)
  }
const env = {
  ...process.env,
  BALLAST_IMAGES: images,
  ...(seed === undefined ? {} : { BALLAST_SEED: seed }),
  ...(out === undefined ? {} : { BALLAST_OUT: resolve(out) }),
}
const { status } = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', 'test/crash/power-loss.test.ts'],
  { stdio: 'inherit', env },
)
process.exitCode = status ?? 1

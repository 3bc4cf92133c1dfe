// The crash campaigns of test/crash at length: real processes, SIGKILL, books and order ids compared with an undisturbed run.
//   npm run crash -- --cycles 1000          kills at random moments: of the embedded daemon, and of daemon, gateway, nats-server
//   npm run crash -- --steps all            a kill before and after every disk transaction (or a number of them)
// `--seed n` draws other moments. Figures are printed by the tests; the exit code is theirs.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { cycles: { type: 'string' }, steps: { type: 'string' }, seed: { type: 'string' } },
})
const { cycles, steps, seed } = values
for (const [name, value] of Object.entries({ cycles, seed, steps: steps === 'all' ? undefined : steps }))
  if (value !== undefined && !/^[1-9]\d*$/.test(value)) {
    console.error(`crash: --${name} takes a whole number ≥ 1, not ${value}`)
    process.exit(64)
  }
const wanted = [
  ...(cycles === undefined && steps !== undefined ? [] : ['test/crash/kill.test.ts', 'test/crash/wire-kill.test.ts']),
  ...(steps === undefined ? [] : ['test/crash/every-step.test.ts']),
]
const env = {
  ...process.env,
  BALLAST_KILLS: cycles ?? '100',
  ...(steps === undefined ? {} : { BALLAST_STEPS: steps }),
  ...(seed === undefined ? {} : { BALLAST_SEED: seed }),
}
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...wanted], {
  stdio: 'inherit',
  env,
})
process.exitCode = status ?? 1

// What `npm test` leaves out for time: native campaigns under address, undefined-behaviour and thread sanitizers, long
// fuzzing, planted kernel faults, and the CUDA backend for every architecture where nvcc is found. Ends with `N passed, N failed`.
// `--fuzz 200000` sets how many inputs are tried, `--seed 1` the first one's.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

const { values: given } = parseArgs({
  options: { fuzz: { type: 'string', default: '200000' }, seed: { type: 'string', default: '1' } },
})
const totals = { passed: 0, failed: 0 }

/** Runs commands one after the other, output on the terminal; the first that fails ends them. They count as one test. */
function stage(name, ...commands) {
  console.log(`\n== ${name}`)
  const env = { ...process.env, BALLAST_CAMPAIGN: '1' }
  const good = commands.every(([program, ...args]) => {
    const { status, error } = spawnSync(program, args, { stdio: 'inherit', env })
    if (error) console.error(`${program}: ${error.message}`)
    return status === 0
  })
  totals[good ? 'passed' : 'failed'] += 1
  if (!good) console.error(`${name}: FAILED`)
}

const build = (folder, ...options) => [
  ['cmake', '-S', '.', '-B', folder, ...options],
  ['cmake', '--build', folder, '-j', '2'],
]
const tests = (folder) => ['ctest', '--test-dir', folder, '--output-on-failure', '--no-tests=error']

const address = build('build/sanitize', '-DBALLAST_SANITIZE=ON', '-DBALLAST_CUDA=OFF')
const threads = build('build/threads', '-DBALLAST_THREAD_SANITIZE=ON', '-DBALLAST_CUDA=OFF')
stage('address and undefined-behaviour sanitizers', ...address, tests('build/sanitize'))
stage('thread sanitizer', ...threads, tests('build/threads'))
stage(`fuzz, ${given.fuzz} inputs`, ['build/sanitize/fuzz_solve', given.fuzz, given.seed])
stage('planted kernel faults', ...build('build/native', '-DBALLAST_CUDA=OFF'), [
  'scripts/plant-kernel-faults',
  'build/native',
])
const nvcc = spawnSync('nvcc', ['--version'], { stdio: 'ignore' }).status === 0
if (nvcc) {
  stage('CUDA, every architecture', ...build('build/cuda', '-DBALLAST_CUDA=ON', '-DBALLAST_TESTS=OFF'))
} else {
  console.log('\n== CUDA: not built here, nvcc is missing')
}

console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed === 0 ? 0 : 1

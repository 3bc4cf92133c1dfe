// Runs every check of the repository and ends with one line, `N passed, N failed`, over all of them.
// Arguments go to vitest and leave the other runners out: `npm test -- test/unit/daemon`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'

const given = process.argv.slice(2)
const totals = { passed: 0, failed: 0 }
const skipped = []

/** Runs a program with its output on the terminal; answers its exit status, 1 when it could not start. */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' })
  if (error) console.error(`${program}: ${error.message}`)
  return status ?? 1
}

/** A program that counts as one test. */
function single(name, program, args) {
  console.log(`\n== ${name}`)
  totals[run(program, args) === 0 ? 'passed' : 'failed'] += 1
}

function native() {
  console.log('\n== native (address and undefined-behaviour sanitizers)')
  const args = ['--test-dir', 'build/sanitize', '--verbose', '--no-tests=error']
  const { status, stdout, stderr, error } = spawnSync('ctest', args, { encoding: 'utf8' })
  let failed = 0
  let cases = 0
  for (const [, good, bad] of (stdout ?? '').matchAll(/^\d+: (\d+) passed, (\d+) failed$/gm)) {
    totals.passed += Number(good)
    failed += Number(bad)
    cases += Number(good) + Number(bad)
  }
  // A crash or a timeout ends a program before it can count.
  if (status !== 0 && failed === 0) failed = 1
  totals.failed += failed
  console.log(failed > 0 ? `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}` : `${cases} cases passed`)
}

function vitest() {
  console.log('\n== vitest')
  const report = 'reports/vitest.json'
  mkdirSync('reports', { recursive: true })
  rmSync(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const status = run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...given])
  const files = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults : []
  let failed = 0
  for (const { name, status: verdict, message, assertionResults } of files) {
    for (const test of assertionResults) {
      if (test.status === 'passed') totals.passed += 1
      else if (test.status === 'failed') failed += 1
      else skipped.push(test.fullName)
    }
    const tests = assertionResults.some((test) => test.status === 'failed')
    if (verdict === 'failed' && !tests) {
      failed += 1
      console.error(`${name} did not run: ${message}`)
    }
  }
  // An error outside every test, or no report at all, is a failure too.
  if (status !== 0 && failed === 0) failed = 1
  totals.failed += failed
}

if (given.length === 0) {
  single('lint', process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'check', '.'])
  single('types', process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json'])
  native()
}
vitest()

if (skipped.length > 0) console.log(`\n${skipped.length} skipped:\n${skipped.map((name) => `  ${name}`).join('\n')}\n`)
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed === 0 ? 0 : 1

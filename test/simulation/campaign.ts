import type { Solver } from '#ports/solver.js'
import { type Outcome, type Setup, simulate } from './history.js'
import type { Options } from './options.js'
import { shrink } from './shrink.js'

/** Lines of a trace shown with a failing seed. */
const SHOWN = 60

/** Runs the seeds one after the other, says what failed and how to see it again; the exit status. */
export async function campaign(options: Options, solver: Solver): Promise<number> {
  const { from, seeds, stride, stop, seconds, json } = options
  const started = performance.now()
  const before = process.cpuUsage()
  const totals = { seeds: 0, failed: 0, steps: 0, runs: 0, orders: 0, lives: 0 }
  for (let number = 0; number < seeds; number += 1) {
    if (performance.now() - started > seconds * 1000) break
    const seed = from + number * stride
    const setup = setupOf(options, seed, solver)
    const outcome = await lived(setup)
    totals.seeds += 1
    for (const part of ['steps', 'runs', 'orders', 'lives'] as const) totals[part] += outcome[part]
    if (outcome.violations.length === 0) continue
    totals.failed += 1
    if (json) console.log(JSON.stringify({ seed, violations: outcome.violations.slice(0, 3) }))
    else await report(setup, outcome)
    if (stop) break
  }
  const elapsed = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(before)
  const cpu = (user + system) / 1e6
  if (json) console.log(JSON.stringify({ ...totals, elapsed, cpu }))
  else console.log(summary(totals, elapsed, cpu))
  return totals.failed === 0 ? 0 : 1
}

function setupOf({ profile, without, layers, trace }: Options, seed: number, solver: Solver): Setup {
  return {
    ...{ seed, without, layers, solver },
    ...(profile === undefined ? {} : { profile }),
    ...(trace ? { trace: (at, line) => console.log(`${String(at).padStart(7)} ${line}`) } : {}),
  }
}

/** A history whose code threw where nobody caught it has failed too. */
async function lived(setup: Setup): Promise<Outcome> {
  const stray: unknown[] = []
  const note = (error: unknown): void => void stray.push(error)
  process.on('unhandledRejection', note)
  try {
    const outcome = await simulate(setup)
    const more = stray.map((error) => ({ invariant: 'stray', at: 0, what: `nobody caught ${String(error)}` }))
    return { ...outcome, violations: [...outcome.violations, ...more] }
  } finally {
    process.off('unhandledRejection', note)
  }
}

async function report(setup: Setup, outcome: Outcome): Promise<void> {
  const { seed, profile, violations } = outcome
  console.log(`\nseed ${seed} (${profile}) broke ${violations.length}:`)
  for (const { invariant, at, what } of violations.slice(0, 5)) console.log(`  ${invariant} at ${at} ms: ${what}`)
  const least = await shrink(setup, violations[0]!.invariant)
  console.log(`the last ${SHOWN} lines before it, with as little trouble as it needs:`)
  for (const line of least.lines.slice(-SHOWN)) console.log(`  ${line}`)
  const off = least.without.length > 0 ? ` --without ${least.without.join(',')}` : ''
  console.log(`again: npm run simulate -- --from ${seed} --seeds 1 --profile ${profile}${off} --trace\n`)
}

function summary(totals: Readonly<Record<string, number>>, elapsed: number, cpu: number): string {
  const { seeds = 0, failed, steps = 0, runs, orders, lives } = totals
  const rate = (seconds: number): string => Math.round((seeds / seconds) * 3600).toLocaleString('en')
  return (
    `${seeds} seeds, ${failed} failed; ${steps} steps, ${runs} runs, ${orders} orders, ${lives} lives\n` +
    `${elapsed.toFixed(1)} s: ${rate(elapsed)} seeds/h; ${cpu.toFixed(1)} s of processor: ${rate(cpu)} seeds/h/core, ` +
    `${Math.round(steps / cpu)} steps/s/core`
  )
}

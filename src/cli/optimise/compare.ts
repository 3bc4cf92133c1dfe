import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findHighs } from '#adapters/highs/find.js'
import { writeMps } from '#adapters/highs/mps.js'
import { type HighsPeer, type HighsRun, STRICT } from '#adapters/highs/peer.js'
import { slopeScale } from '#domain/optimise/certify/figures.js'
import type { MeanCvarProblem, SolverSolution } from '#domain/optimise/mean-cvar.js'
import { linearProgramme, unitsOf } from '#domain/optimise/programme/mean-cvar.js'
import { CliError, EXIT } from '../failure.js'

/** How far two objectives may be apart, relative. */
const AGREEMENT = 1e-8
/** The most entries of a scenario matrix whose linear programme is written down. */
const MOST_ENTRIES = 3e7

/** The same problem as HiGHS answers it. */
export interface HighsAnswer extends HighsRun {
  readonly version: string
  readonly wasm: boolean
}

/** HiGHS's answer beside ours. */
export interface Comparison extends HighsAnswer {
  /** |ours − theirs| over the larger of |ours| and a thousandth of the objective's steepest slope in one weight. */
  readonly difference: number
  /** 1e-8, or our own gap where that is larger. */
  readonly allowed: number
  readonly ballast: { readonly objective: number; readonly seconds: number }
}

/** The HiGHS to compare with. @throws CliError 64 when there is none; Fault `HIGHS_UNUSABLE`. */
export async function highsPeer(find: typeof findHighs = findHighs): Promise<HighsPeer> {
  const peer = await find(process.env)
  if (peer !== undefined) return peer
  const where = 'set HIGHS_BIN to its executable, or PYTHON to a Python with highspy or scipy'
  throw new CliError(EXIT.usage, 'HIGHS_MISSING', `--compare highs finds no HiGHS: ${where}`)
}

/**
 * Has HiGHS solve the textbook linear programme of a problem, at its strictest tolerances; at its own when those leave it
 * without a word. @throws CliError 64 for a problem too large to be written down; Fault `HIGHS_UNUSABLE`.
 */
export async function askHighs(peer: HighsPeer, problem: MeanCvarProblem, limitMs = 60_000): Promise<HighsAnswer> {
  const { rows, columns } = problem.scenarios
  if (rows * columns > MOST_ENTRIES)
    throw new CliError(EXIT.usage, 'USAGE', `--compare takes at most ${MOST_ENTRIES} returns, not ${rows * columns}`)
  const folder = mkdtempSync(join(tmpdir(), 'ballast-compare-'))
  try {
    const model = join(folder, 'model.mps')
    const units = unitsOf(problem)
    writeMps(model, linearProgramme(problem, units))
    const limit = { time_limit: limitMs / 1000 }
    const strict = await peer.solve(model, { ...limit, ...STRICT })
    const run = strict.status === 'Unknown' ? await peer.solve(model, limit) : strict
    const objective = run.objective === null ? null : run.objective * units.objective
    return { version: peer.version, wasm: peer.wasm, status: run.status, objective, seconds: run.seconds }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * HiGHS's answer beside a solution whose certified objective is `ours`.
 * @throws CliError 1: `HIGHS_UNSOLVED` without an answer to compare with, `HIGHS_DIFFERS` when the two are further apart
 * than allowed or HiGHS calls the problem infeasible.
 */
export function compared(
  problem: MeanCvarProblem,
  ours: number,
  solution: SolverSolution,
  highs: HighsAnswer,
): Comparison {
  const ballast = { objective: ours, seconds: solution.elapsedMs / 1000 }
  if (highs.status === 'Infeasible')
    throw differs('calls the problem infeasible, which these weights meet', { highs, ballast })
  if (highs.objective === null) {
    const message = `${highs.version} gave no answer to compare with: ${highs.status}`
    throw new CliError(EXIT.failed, 'HIGHS_UNSOLVED', message, { highs, ballast })
  }
  const distance = Math.abs(ours - highs.objective)
  const difference = distance === 0 ? 0 : distance / Math.max(Math.abs(ours), 1e-3 * slopeScale(problem))
  const allowed = Math.max(AGREEMENT, solution.gap)
  if (difference <= allowed) return { ...highs, difference, allowed, ballast }
  const far = `${difference.toExponential(1)} apart, and ${allowed.toExponential(1)} is allowed`
  throw differs(`finds ${highs.objective} where Ballast finds ${ours}: ${far}`, { highs, ballast, difference, allowed })
}

/** What HiGHS says of a problem we call infeasible, when it is the same. @throws CliError 1 `HIGHS_DIFFERS` otherwise. */
export function infeasibleToo(highs: HighsAnswer): string {
  if (highs.objective === null) return `${highs.version}: ${highs.status}`
  throw differs(`finds ${highs.objective} where Ballast finds no portfolio`, { highs })
}

function differs(what: string, details: { readonly highs: HighsAnswer; readonly [more: string]: unknown }): CliError {
  return new CliError(EXIT.failed, 'HIGHS_DIFFERS', `${details.highs.version} ${what}`, details)
}

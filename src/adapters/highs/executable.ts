import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Fault } from '#units/fault.js'
import type { HighsOptions, HighsPeer, HighsRun } from './peer.js'

/** A run and its solution, columns and rows in the order of the model; both empty without one. */
interface ExecutableRun extends HighsRun {
  readonly iterations: number | null
  readonly columns: readonly number[]
  readonly rowDuals: readonly number[]
}

/** The native executable of HiGHS. @throws Fault `HIGHS_UNUSABLE` when it does not run. */
export async function executableHighs(binary: string): Promise<HighsPeer> {
  const [first = ''] = (await said(binary, ['--version'])).split('\n', 1)
  const number = /version (\S+)/i.exec(first)?.[1] ?? first.trim()
  return {
    version: `HiGHS ${number} (executable)`,
    wasm: false,
    solve: (model, options) => runExecutable(binary, model, options),
  }
}

/**
 * One run of the executable over an MPS file; seconds are its own figure, to a hundredth.
 * @throws Fault `HIGHS_UNUSABLE` when it fails or says what is not understood.
 */
export async function runExecutable(binary: string, model: string, options: HighsOptions): Promise<ExecutableRun> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-highs-'))
  try {
    const [settings, solution] = [join(folder, 'options'), join(folder, 'solution')]
    const lines = Object.entries(options).map(([name, value]) => `${name} = ${value}\n`)
    writeFileSync(settings, lines.join(''))
    const text = await said(binary, ['--options_file', settings, '--solution_file', solution, model])
    const found = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1]
    const seconds = found(/HiGHS run time\s*:\s*([0-9.]+)/)
    if (seconds === undefined) throw unusable(binary, `it gave no run time: ${text.trim().split('\n').at(-1)}`)
    const pivots = found(/Simplex\s+iterations\s*:\s*(\d+)/)
    return {
      ...solutionIn(readFileSync(solution, 'utf8')),
      seconds: Number(seconds),
      iterations: pivots === undefined ? null : Number(pivots),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The solution file of HiGHS, style 0: status, objective, then values under headings that say how many. */
function solutionIn(text: string): Pick<ExecutableRun, 'status' | 'objective' | 'columns' | 'rowDuals'> {
  const status = /^Model status\s*\n(.+)$/m.exec(text)?.[1]?.trim() ?? 'Unknown'
  const [primal = '', duals = ''] = text.split('# Dual solution values')
  const objective = /^Objective (\S+)$/m.exec(primal)?.[1]
  return {
    status,
    objective: status === 'Optimal' && objective !== undefined ? Number(objective) : null,
    columns: section(primal, 'Columns'),
    rowDuals: section(duals.split('# Basis')[0]!, 'Rows'),
  }
}

function section(text: string, name: string): readonly number[] {
  const heading = new RegExp(`^# ${name} (\\d+)\\n`, 'm').exec(text)
  if (heading === null) return []
  const lines = text.slice(heading.index + heading[0].length).split('\n', Number(heading[1]))
  return lines.map((line) => Number(line.split(' ')[1]))
}

async function said(binary: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(binary, args, { maxBuffer: 2 ** 28 })).stdout
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string }
    throw unusable(binary, stderr?.trim() || message)
  }
}

const unusable = (binary: string, why: string): Fault =>
  new Fault('HIGHS_UNUSABLE', `HiGHS ${binary}: ${why}`, 'never', { path: binary })

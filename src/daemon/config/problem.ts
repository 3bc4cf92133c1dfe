import type { Refusal } from '#units/outcome.js'

/** One thing wrong in a configuration file. Line and column count from 1; null where the file has no such place. */
export interface Problem {
  readonly file: string
  readonly line: number | null
  readonly column: number | null
  /** The field as the file spells it, such as `triggers.drift.band`; empty for the file as a whole. */
  readonly path: string
  readonly message: string
}

/** Why a configuration was refused: every problem found, not only the first. The command line exits with 64. */
export interface ConfigError extends Refusal {
  readonly code: 'CONFIG_INVALID'
  readonly problems: readonly Problem[]
}

/** `config/portfolios/core.yaml:14:9 triggers.drift.band: must be > 0, got -1`. */
export function formatProblem(problem: Problem): string {
  const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}:${problem.column ?? 1}`
  return problem.path === '' ? `${place} ${problem.message}` : `${place} ${problem.path}: ${problem.message}`
}

/** Gathers problems into one error, in file and line order; its message has one problem a line. */
export function configError(problems: readonly Problem[]): ConfigError {
  const sorted = [...problems].sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0),
  )
  return { code: 'CONFIG_INVALID', message: sorted.map(formatProblem).join('\n'), problems: sorted }
}

/** Path segments as people write them: `bounds.per_symbol.MSFT[0]`. */
export function dotted(path: readonly PropertyKey[]): string {
  let text = ''
  for (const part of path) text += typeof part === 'number' ? `[${part}]` : `${text === '' ? '' : '.'}${String(part)}`
  return text
}

import type { CertifiedFigures } from '#domain/optimise/certify/figures.js'

/** One portfolio as a row: its figures and a weight for each name. */
export interface CsvPortfolio {
  /** Least return asked; null outside a frontier. */
  readonly floor: number | null
  readonly figures: Pick<CertifiedFigures, 'expectedReturn' | 'cvar' | 'var' | 'cost' | 'gap' | 'cash'>
  readonly weights: Readonly<Record<string, number>>
}

/** Portfolios as CSV: a header, a row each, numbers in full, fractions throughout. */
export function csvOf(names: readonly string[], portfolios: readonly CsvPortfolio[]): string {
  const header = ['floor', 'expected_return', 'cvar', 'var', 'cost', 'gap', 'cash', ...names.map(quoted)]
  const rows = portfolios.map(({ floor, figures, weights }) => {
    const { expectedReturn, cvar, cost, gap, cash } = figures
    const numbers = [expectedReturn, cvar, figures.var, cost, gap, cash, ...names.map((name) => weights[name]!)]
    return [floor ?? '', ...numbers].join(',')
  })
  return `${[header.join(','), ...rows].join('\n')}\n`
}

const quoted = (name: string): string => (/[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)

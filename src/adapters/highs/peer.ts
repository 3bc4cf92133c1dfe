/** Options of HiGHS by its own names. */
export type HighsOptions = Readonly<Record<string, number | string | boolean>>

/** What one run of HiGHS ended with. */
export interface HighsRun {
  /** HiGHS's own word: `Optimal`, `Infeasible`, `Time limit reached` … */
  readonly status: string
  /** Null without a solution. */
  readonly objective: number | null
  /** Of the run alone, by HiGHS's clock: neither reading the model nor starting a process counts. */
  readonly seconds: number
}

/** A HiGHS that is here. */
export interface HighsPeer {
  /** Its version and what it came with. */
  readonly version: string
  /** Compiled to WebAssembly: several times as slow as a native one. */
  readonly wasm: boolean
  /** One cold run over an MPS file. Rejects when HiGHS cannot be run or does not read the file. */
  solve(model: string, options: HighsOptions): Promise<HighsRun>
}

/** As exact as HiGHS goes, for objectives to be compared with. */
export const STRICT = {
  primal_feasibility_tolerance: 1e-10,
  dual_feasibility_tolerance: 1e-10,
  mip_feasibility_tolerance: 1e-10,
  mip_rel_gap: 1e-10,
  mip_abs_gap: 1e-12,
  small_matrix_value: 1e-12,
} as const

import { readDocument, type SourceDocument } from '#daemon/config/document.js'
import { explain, toProblems } from '#daemon/config/explain.js'
import { manyOf } from '#daemon/config/many-of.js'
import { configError } from '#daemon/config/problem.js'
import { registries } from '#daemon/config/registries.js'
import { rulesOf } from '#daemon/config/rules-of.js'
import type { InstrumentSpec } from '#domain/instrument/spec.js'
import type { Chosen } from '#domain/policy.js'
import { badConfig } from '../failure.js'

/** What names the rules where no portfolio file does. */
export interface RulesRequest {
  readonly policy?: string
  readonly preset?: string
}

/**
 * The rules of a file that has what stands under `governance:` in a portfolio's file, or of a preset, the standard one without either.
 * Rules that a preset brings in and that have nothing to say of such instruments are left out, as they are for a portfolio.
 * @throws CliError 64 with file, line and field of each problem.
 */
export function rulesFor({ policy, preset }: RulesRequest, universe: readonly InstrumentSpec[]): readonly Chosen[] {
  const source = policy === undefined ? null : documentOf(policy)
  const given = source === null ? { ...(preset !== undefined && { preset }) } : source.value
  const parsed = manyOf(registries.rules, registries.presets).safeParse(given ?? {}, { error: explain })
  if (!parsed.success)
    throw badConfig(
      configError(
        source === null
          ? [{ file: '--preset', line: null, column: null, path: '', message: parsed.error.issues[0]!.message }]
          : toProblems(source, parsed.error.issues),
      ),
    )
  return rulesOf({ governance: parsed.data, universe, liquidity: null, volatility: null }).map(({ name, params }) => ({
    name,
    params,
  }))
}

function documentOf(file: string): SourceDocument {
  const read = readDocument(file)
  if (!read.ok) throw badConfig(configError(read.refusal))
  return read.value
}

import type { PortfolioPolicy } from '#domain/policy.js'
import { crossCheck } from './checks.js'
import { explain, wordsOf } from './explain.js'
import { portfolioSchema } from './portfolio-schema.js'
import { registries } from './registries.js'
import { type Sectors, withSectors } from './sectors.js'
import { toPolicy } from './to-policy.js'

/** One thing wrong in a portfolio's document, at a path as the file spells it. */
export interface Finding {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** The policy of a portfolio's document and its sectors file, null when it is not even well-formed, and everything that is wrong with it. */
export function checkedPolicy(
  document: unknown,
  sectors: Sectors,
): {
  readonly policy: PortfolioPolicy | null
  readonly findings: readonly Finding[]
} {
  const result = portfolioSchema(registries).safeParse(document, { error: explain })
  if (!result.success) {
    const findings = result.error.issues.flatMap((issue): readonly Finding[] =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key' }))
        : [{ path: issue.path, message: wordsOf(issue) }],
    )
    return { policy: null, findings }
  }
  const policy = toPolicy(withSectors(result.data, sectors))
  const findings: Finding[] = []
  crossCheck(policy, (path, message) => findings.push({ path, message }))
  return { policy, findings }
}

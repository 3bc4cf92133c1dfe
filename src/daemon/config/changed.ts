import type { PortfolioPolicy } from '#domain/policy.js'
import { invalid } from '#domain/what-if/changes.js'
import { accept, type Outcome, type Refusal } from '#units/outcome.js'
import { crossCheck } from './checks.js'
import { FORBIDDEN } from './document.js'
import { scalar, setField } from './environment.js'
import { explain, wordsOf } from './explain.js'
import { portfolioSchema } from './portfolio-schema.js'
import { dotted } from './problem.js'
import { registries } from './registries.js'
import { isRecord } from './registry-schema.js'
import { type Sectors, withSectors } from './sectors.js'
import { toPolicy } from './to-policy.js'

/**
 * What says which portfolio it is and where it trades, assumed otherwise it would be another portfolio; and how long a
 * solve may take, for runs wait behind it.
 */
const FIXED = [
  'version',
  'id',
  'enabled',
  'mode',
  'gateway',
  'currency',
  'initial_cash',
  'sectors',
  'optimiser.timeout',
]

/**
 * The policy of a portfolio's file with some settings otherwise, checked as the file itself is. Paths are dotted as the
 * file spells them, values are text read as in an environment variable; sectors are those its file had when it was read.
 * Refuses `WHAT_IF_INVALID` with every problem and its field.
 */
export function changedPolicy(
  document: unknown,
  settings: Readonly<Record<string, string>>,
  sectors: Sectors = new Map(),
): Outcome<PortfolioPolicy, Refusal> {
  const forbidden = Object.keys(settings).filter((path) => path.split('.').some((part) => FORBIDDEN.has(part)))
  if (forbidden.length > 0) return invalid(forbidden.map((path) => `${path}: is not a key`))
  const problems: string[] = Object.keys(settings)
    .filter((path) => FIXED.some((fixed) => path === fixed || path.startsWith(`${fixed}.`)))
    .map((path) => `${path}: cannot be assumed to be otherwise`)
  const changed: Record<string, unknown> = isRecord(document) ? structuredClone(document) : {}
  for (const [path, text] of Object.entries(settings)) setField(changed, path.split('.'), scalar(text))
  const result = portfolioSchema(registries).safeParse(changed, { error: explain })
  if (!result.success) {
    for (const issue of result.error.issues) {
      const paths = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path]
      const words = issue.code === 'unrecognized_keys' ? 'unknown key' : wordsOf(issue)
      problems.push(...paths.map((path) => `${dotted(path)}: ${words}`))
    }
    return invalid(problems)
  }
  const policy = toPolicy(withSectors(result.data, sectors))
  crossCheck(policy, (path, message) => problems.push(`${dotted(path)}: ${message}`))
  return problems.length > 0 ? invalid(problems) : accept(policy)
}

import type { PortfolioPolicy } from '#domain/policy.js'
import { invalid } from '#domain/what-if/changes.js'
import { accept, type Outcome, type Refusal } from '#units/outcome.js'
import { checkedPolicy } from './checked.js'
import { FORBIDDEN } from './document.js'
import { scalar, setField } from './environment.js'
import { dotted } from './problem.js'
import { isRecord } from './registry-schema.js'
import type { Sectors } from './sectors.js'

/**
 * What says which portfolio it is and where it trades, assumed otherwise it would be another portfolio; how long a
 * solve may take, for runs wait behind it; and its candidate, which no plan depends on.
 */
const FIXED = [
  ...['version', 'id', 'enabled', 'mode', 'gateway', 'currency', 'initial_cash', 'sectors', 'optimiser.timeout'],
  'shadow',
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
  const { policy, findings } = checkedPolicy(changed, sectors)
  problems.push(...findings.map(({ path, message }) => `${dotted(path)}: ${message}`))
  return policy === null || problems.length > 0 ? invalid(problems) : accept(policy)
}

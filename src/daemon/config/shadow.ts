import type { PortfolioPolicy } from '#domain/policy.js'
import { checkedPolicy, type Finding } from './checked.js'
import type { LoadedConfig } from './load.js'
import { dotted } from './problem.js'
import { isRecord, type Report } from './registry-schema.js'
import type { Sectors } from './sectors.js'

/**
 * What says which portfolio it is, what it holds and where it trades: with any of it otherwise the books that a candidate
 * is tried on would not be its own.
 */
export const SHARED: readonly string[] = [
  ...['version', 'id', 'enabled', 'mode', 'gateway', 'currency', 'initial_cash', 'universe', 'sectors', 'shadow'],
]

/** Candidates of the portfolios that run. */
export const candidatesOf = ({ portfolios }: Pick<LoadedConfig, 'portfolios'>): readonly PortfolioPolicy[] =>
  portfolios.flatMap(({ enabled, shadow }) => (enabled && shadow !== null ? [shadow] : []))

/** Sections that choose one of a registry, by the key they do it with: settings of another choice are not its own. */
const CHOICES: Readonly<Record<string, string>> = { targets: 'source', costs: 'model' }

/**
 * The candidate of a portfolio's file: the file with its section `shadow` laid over it, checked as the file itself is. Maps are
 * laid over maps key by key, anything else replaces what was there; so does a section with another `source` or `model`.
 * Problems go to `report` at paths that begin with `shadow`; what is wrong with the file itself is not repeated. Null without
 * a candidate, and where there was a problem.
 */
export function candidateOf(document: unknown, sectors: Sectors, report: Report): PortfolioPolicy | null {
  const shadow = isRecord(document) ? document.shadow : null
  if (!isRecord(document) || !isRecord(shadow)) return null
  const { shadow: _, ...live } = document
  const known = new Set(checkedPolicy(live, sectors).findings.map(textOf))
  const shared = SHARED.filter((key) => Object.hasOwn(shadow, key))
  for (const key of shared) report(['shadow', key], 'is what a candidate has in common with its portfolio')
  const changes = Object.fromEntries(Object.entries(shadow).filter(([key]) => !shared.includes(key)))
  const { policy, findings } = checkedPolicy(overlaid(live, changes), sectors)
  const news = findings.filter((finding) => !known.has(textOf(finding)))
  for (const { path, message } of news) report(['shadow', ...path], message)
  return shared.length + news.length === 0 ? policy : null
}

/** A document with the settings of another laid over it. */
function overlaid(
  under: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const laid: Record<string, unknown> = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const below = Object.hasOwn(under, key) ? under[key] : undefined
    const merges = isRecord(value) && isRecord(below) && !choosesAnew(key, below, value)
    laid[key] = merges ? overlaid(below, value) : value
  }
  return laid
}

function choosesAnew(
  section: string,
  below: Readonly<Record<string, unknown>>,
  value: Readonly<Record<string, unknown>>,
): boolean {
  const choice = CHOICES[section]
  return choice !== undefined && value[choice] !== undefined && value[choice] !== below[choice]
}

const textOf = ({ path, message }: Finding): string => `${dotted(path)}: ${message}`

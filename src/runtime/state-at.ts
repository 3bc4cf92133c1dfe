import { type Change, diffStands, type Stand } from '#domain/portfolio/diff.js'
import { leaf, type PortfolioSnapshot } from '#machines/portfolio.machine.js'
import type { Journal } from '#ports/journal.js'
import { entriesSealed } from '#ports/sealed.js'
import type { PortfolioId } from '#units/ids.js'
import { recoverState } from './recover.js'

/** A portfolio's state at one version: the sequence of the entry that led to it, and that entry's hash. */
export interface StateVersion extends Stand {
  readonly portfolio: PortfolioId
  readonly version: number
  readonly hash: string
}

/** What past states are read from. */
export type Past = Pick<Journal, 'head' | 'entries' | 'recover' | 'seal'>

/**
 * The state a portfolio had at a version, by replay, every state on the way compared with its hash; undefined when there
 * is no such version. Cost  the entries since the newest saved state, or all from the first, or the seal's, for an earlier version.
 * @throws Fault `JOURNAL_CORRUPT`, `ENTRIES_SEALED`.
 */
export function stateAt(journal: Past, portfolio: PortfolioId, version: number): StateVersion | undefined {
  const head = journal.head(portfolio)
  if (!Number.isSafeInteger(version) || version < 1 || version > head.seq) return undefined
  const sealed = journal.seal(portfolio)
  if (sealed !== null && version < sealed.seq) throw entriesSealed(portfolio, version, sealed)
  const { snapshot: newest } = journal.recover(portfolio)
  const snapshot = newest !== null && newest.seq <= version ? newest : (sealed?.state ?? null)
  const from = snapshot?.seq ?? 0
  const entries = version === from ? [] : journal.entries(portfolio, from + 1, version - from)
  const own = sealed?.seq === version ? sealed : (entries.at(-1) ?? journal.entries(portfolio, version, 1)[0])
  return versionOf(portfolio, version, own?.hash ?? '', recoverState(portfolio, { snapshot, entries }).snapshot)
}

/** A state with its place in the history. */
export const versionOf = (
  portfolio: PortfolioId,
  version: number,
  hash: string,
  { value, context }: PortfolioSnapshot,
): StateVersion => ({
  portfolio,
  version,
  hash,
  permission: value.permission,
  lifecycle: leaf(value),
  state: context,
})

/** What differs from one version of a portfolio to another, later or earlier; undefined when one of them is not there. */
export function diffVersions(
  journal: Past,
  portfolio: PortfolioId,
  from: number,
  to: number,
): readonly Change[] | undefined {
  const [before, after] = [stateAt(journal, portfolio, from), stateAt(journal, portfolio, to)]
  return before === undefined || after === undefined ? undefined : diffStands(before, after)
}

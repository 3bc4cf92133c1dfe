import type { AuthorityRules } from '../control/authority.js'
import type { ReloadAsked } from './reload.js'

/**
 * Why limits may not be loosened by a request, where that takes two operators: all of them must be among those the two have
 * confirmed, for the files may have changed since the first one looked.
 */
export const loosenedByTwo =
  ({ twoPerson }: Pick<AuthorityRules, 'twoPerson'>) =>
  (loosened: readonly string[], { allowed = [], dry_run }: ReloadAsked): string | null => {
    const more = loosened.filter((limit) => !allowed.includes(limit))
    if (!twoPerson || dry_run || more.length === 0) return null
    return `looser limits take two operators: ${more.join('; ')}`
  }

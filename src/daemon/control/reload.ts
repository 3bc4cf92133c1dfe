import type { Confirmed } from '#domain/portfolio/event.js'
import type { Terms } from './authority.js'
import type { ReloadAnswer } from './messages.js'
import type { ControlParts, Signed } from './parties.js'
import type { Requests } from './requests.js'

/**
 * Reads the configuration again, at most once for a request: its id is in the inbox with every policy it gave. What it changed
 * is known while the process lives; after that only that it was carried out.
 * @throws Fault as the daemon's `reload` does; `REQUEST_CONFLICT`.
 */
export async function reloadOnce(
  parts: Pick<ControlParts, 'reload'>,
  requests: Requests,
  { request_id: id, actor, reason, dry_run }: Signed,
  { terms: allowed, ...confirmed }: Confirmed & { readonly terms: Terms },
): Promise<ReloadAnswer> {
  const asked = { actor, reason, dry_run, allowed }
  if (dry_run) return { ...(await parts.reload(asked)), duplicate: false }
  return requests.once<Omit<ReloadAnswer, 'duplicate'>>(
    { portfolio: null, id, content: { verb: 'reload', actor, reason } },
    (inbox) => parts.reload({ ...asked, behind: { inbox, ...confirmed } }),
    () => ({ changed: [], loosened: [], waiting: [], dry_run }),
  )
}

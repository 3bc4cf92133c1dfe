import type { Commit } from '#ports/journal.js'
import type { Account } from './account.js'
import { followApprovals } from './approvals.js'
import { followLosses } from './losses.js'
import { followRegime } from './regimes.js'
import type { VolumeWatch } from './volumes.js'

/** What each watch of one subject says of a step on disk, by the invariant it watches. */
export const followed = (
  account: Account,
  commit: Commit,
  volumes: VolumeWatch,
): readonly (readonly [invariant: string, words: readonly string[]])[] => [
  ['approval', followApprovals(account.approvals, commit)],
  ['loss', followLosses(account.losses, commit)],
  ['regime', followRegime(account.regime, commit)],
  ['volume', volumes.follow(commit)],
]

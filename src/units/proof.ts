import type { Brand } from './brand.js'

/** Passed governance as it is. Minted only by `domain/governance`; a rule that never ran cannot make one. */
export type Approved<T> = Brand<T, 'Approved'>
/** Its intent is on disk. Minted only by the runtime after a commit (invariant I4). */
export type Journaled<T> = Brand<T, 'Journaled'>

/** Mints {@link Approved}; `test/tidy` lets only `domain/governance/govern.ts` import it. */
export const markApproved = <T>(value: T): Approved<T> => value as Approved<T>
/** Mints {@link Journaled}; `test/tidy` lets only `runtime/dispatch.ts` import it. */
export const markJournaled = <T>(value: T): Journaled<T> => value as Journaled<T>

import { setTimeout as sleep } from 'node:timers/promises'

const DEADLINE_MS = 30_000
const LOOK_MS = 100

/** Resolves once a condition holds. @throws Error with `otherwise()` when it does not within half a minute. */
export async function waitFor(holds: () => boolean | Promise<boolean>, otherwise: () => string): Promise<void> {
  for (const end = Date.now() + DEADLINE_MS; !(await holds()); await sleep(LOOK_MS))
    if (Date.now() > end) throw new Error(otherwise())
}

import { type Mutant, one } from './mutant.js'

/** Faults in how names, the firm and the kill file hold trading back, and in how that is undone. */
export const RESTRAINTS: readonly Mutant[] = [
  one(
    'restraint-ignored',
    'a restraint on a name or the firm holds no order back',
    'src/domain/permission/restraint.ts',
    '  if (restraints === undefined) return undefined\n',
    '  if (restraints === undefined || move !== undefined) return undefined\n',
  ),
  one(
    'kill-file-unread',
    'the kill file is not looked for before an order leaves',
    'src/runtime/dispatch.ts',
    '    const file = killed?.() ?? null\n',
    '    const file = killed === undefined ? null : null\n',
  ),
  one(
    'resumed-uncompared',
    'a halt is undone without a look at the books',
    'src/daemon/control/permission.ts',
    'const agreed = reset ? { agreed: await agreement(parts, portfolio) } : {}',
    'const agreed = {}',
  ),
  one(
    'unkilled-uncompared',
    'a restraint is lifted without a look at the books',
    'src/daemon/control/restrain.ts',
    "to === 'active' ? await agreements(parts, scope, compared) : new Map()",
    'new Map()',
  ),
  one(
    'request-forgotten',
    'a command that comes again is carried out again',
    'src/daemon/control/requests.ts',
    '    if (home !== undefined) return { ...recall(this.#entryOf(home, key)), duplicate: true }\n',
    '    void recall\n',
  ),
]

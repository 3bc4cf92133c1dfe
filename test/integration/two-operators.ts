import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { openControlStore } from '#adapters/control-store.js'
import { newOperatorKey, readOperatorKey, signCommand } from '#adapters/wire/signing.js'
import { tempDir } from '../support/temp-dir.js'

/** A control that ann and bob sign to, and that asks for both where something is loosened; closed after the test. */
export function twoOperators() {
  const keys = { ann: newOperatorKey(), bob: newOperatorKey() }
  const store = openControlStore(join(tempDir(), 'control'), (error) => {
    throw error
  })
  onTestFinished(() => store.close())
  const rules = {
    operators: { ann: keys.ann.publicKey, bob: keys.bob.publicKey },
    ...{ unsigned: 'refuse' as const, twoPerson: true },
  }
  const now = Date.now()
  return {
    authority: { rules, store, now: () => now },
    /** A command as one of them signs it. */
    by: (actor: keyof typeof keys, subject: string, changes: object = {}) =>
      signCommand(
        subject,
        { request_id: randomUUID() as string, actor, reason: 'by two', ...changes },
        { operator: actor, key: readOperatorKey(keys[actor].privateKey).key },
        now,
      ),
  }
}

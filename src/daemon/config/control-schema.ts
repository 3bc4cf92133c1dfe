import { z } from 'zod'
import { operatorKey, operatorName } from '#adapters/wire/signing.js'
import type { AuthorityRules } from '../control/authority.js'

/** Whose commands a daemon believes, as the system file spells it. */
export const controlSchema = z
  .strictObject({
    operators: z
      .record(operatorName, operatorKey)
      .default({})
      .describe('Public keys of those who may command, by name: ballast operator keygen makes one.'),
    unsigned: z
      .enum(['allow', 'tighten', 'refuse'])
      .nullable()
      .default(null)
      .describe(
        'Commands without a signature: allow takes them, tighten only those that let less trade (halt, kill, reduce, pause), refuse none; null refuses once there are operators.',
      ),
    two_person: z
      .boolean()
      .nullable()
      .default(null)
      .describe(
        'Whether undoing a halt, raising a limit and booking cash by hand take two operators; null: once there are two.',
      ),
  })
  .superRefine(({ operators, unsigned, two_person }, context) => {
    const count = Object.keys(operators).length
    const issue = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
    if (two_person === true && count < 2) issue('two_person', 'needs two operators')
    if (count === 0 && unsigned !== null && unsigned !== 'allow') issue('unsigned', 'needs an operator who can sign')
    if (new Set(Object.values(operators)).size < count) issue('operators', 'two operators have the same key')
  })

/** The rules a checked section stands for. */
export function authorityRules({ operators, unsigned, two_person }: z.output<typeof controlSchema>): AuthorityRules {
  const count = Object.keys(operators).length
  return { operators, unsigned: unsigned ?? (count === 0 ? 'allow' : 'refuse'), twoPerson: two_person ?? count >= 2 }
}

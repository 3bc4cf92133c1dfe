import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { CliError, EXIT } from '../failure.js'
import { outputOf } from '../output.js'
import { lawful, REGISTERED_IN, registered, scaffold } from './scaffold.js'

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

const NEXT = [
  'npm run schema && npm run reference     # the configuration schema and docs/rules.md know it',
  'node scripts/rules-at-work.mjs          # docs/rules-at-work.md has its row',
  'npx vitest run test/laws/rules.test.ts  # it keeps the laws of rules',
]

/**
 * Writes a new rule into a source tree: its file, its test, its case through the daemon, and its lines in the registry and in the laws.
 * All or nothing: what is in the way is found before anything is written.
 * @throws CliError 64 for a name that is none, a rule that is there, or a folder that is no source tree.
 */
export function newRule(name: string, { dir }: { readonly dir: string }, command: Command): void {
  const output = outputOf(command)
  if (!NAME.test(name))
    throw usage(`a rule's name is words of a-z and 0-9 with hyphens, such as largest-order, not ${name}`)
  const texts = Object.fromEntries(Object.values(REGISTERED_IN).map((path) => [path, textOf(dir, path)]))
  const files = scaffold(name)
  const there = files.find(({ path }) => existsSync(join(dir, path)))
  if (there !== undefined) throw usage(`${join(dir, there.path)} is there already`)
  const changed = [
    { path: REGISTERED_IN.registry, text: registered(texts[REGISTERED_IN.registry]!, name) },
    { path: REGISTERED_IN.laws, text: lawful(texts[REGISTERED_IN.laws]!, name) },
  ]
  for (const { path, text } of [...files, ...changed]) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  const written = { rule: name, written: files.map(({ path }) => path), changed: changed.map(({ path }) => path) }
  output.print({ ...written, next: NEXT }, () =>
    [
      ...written.written.map((path) => `written  ${path}`),
      ...written.changed.map((path) => `changed  ${path}`),
      '',
      'It caps the value of one order, and no preset brings it in: make it judge what you mean, then',
      ...NEXT.map((line) => `  ${line}`),
    ].join('\n'),
  )
}

function textOf(dir: string, path: string): string {
  const file = join(dir, path)
  if (!existsSync(file)) throw usage(`${dir} is no source tree of ballast: there is no ${path}`)
  return readFileSync(file, 'utf8')
}

const usage = (message: string): CliError => new CliError(EXIT.usage, 'USAGE', message)

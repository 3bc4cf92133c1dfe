import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { portfolioProblems } from './workspace.js'

type Tree = Record<string, unknown>

/** Every place in a document, as a path of keys. */
function places(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, child]) => places(child, [...path, key]))]
}

/** The document with one place changed, or one key added there. */
function mangled(document: Tree, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value
  const copy = structuredClone(document)
  let node: Tree = copy
  for (const key of path.slice(0, -1)) node = node[key] as Tree
  node[path.at(-1)!] = value
  return copy
}

const samples = ['mean-cvar', 'core-satellite', 'inverse-vol'].map(
  (name) => parse(readFileSync(`config/portfolios/${name}.yaml`, 'utf8')) as Tree,
)

const junk = fc.oneof(
  fc.constantFrom(
    null,
    true,
    '',
    'toString',
    'valueOf',
    -1,
    0,
    1e308,
    0.1,
    [],
    {},
    [[]],
    { toString: 1 },
    '-0',
    '1e5',
    '..',
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

it('answers a sample with anything in any place with a policy or with problems that have a line, never with a crash', () => {
  let refusals = 0
  fc.assert(
    fc.property(
      fc
        .constantFrom(...samples)
        .chain((sample) => fc.tuple(fc.constant(sample), fc.constantFrom(...places(sample)), junk)),
      ([sample, path, value]) => {
        const found = portfolioProblems(stringify(mangled(sample, path, value)))
        for (const line of found) expect(line).toMatch(/^portfolios\/core\.yaml:\d+:\d+ /)
        if (found.length > 0) refusals += 1
      },
    ),
    { numRuns: 500 },
  )
  expect(refusals).toBeGreaterThan(200)
})

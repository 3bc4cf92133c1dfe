import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path/posix'
import { describe, expect, it } from 'vitest'
import { catalog } from '#adapters/metrics/catalog.js'
import { jsonSchemas } from '#daemon/config/json-schema.js'
import { strayMetrics, undescribedKeys, unexplainedMetrics } from './documents.js'
import { unusedExports } from './exports.js'
import { untestedFailures } from './failures.js'
import { violations } from './rules.js'
import { parseTypeScript, type Source } from './source.js'

function sources(folder: string, pattern: RegExp): Source[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
}

const typescript = [...sources('src', /\.ts$/), ...sources('machines', /\.ts$/)]
const found = [...typescript, ...sources('native', /\.(h|cpp|cu|cuh)$/)].flatMap(violations)

/** Everything that may import from the sources. */
const importers = [...typescript, ...['test', 'scripts', 'bench'].flatMap((folder) => sources(folder, /\.(ts|mjs)$/))]

/** Violations of a rule, one line each, as a failing test shows them. */
const of = (rule: string): string[] =>
  found.filter((row) => row.rule === rule).map(({ where, what }) => `${where} ${what}`)

describe('the house', () => {
  it('has sources to look at', () => {
    expect(typescript.length).toBeGreaterThan(50)
  })

  it.each([
    ['floors', 'imports only what the table of floors allows'],
    ['startup', 'loads charts and the reader of Parquet only where they are needed'],
    ['barrel', 'has no barrels but registries'],
    ['minters', 'makes proofs only where they are earned'],
    ['purity', 'keeps time, chance and the world out of the pure floors'],
    ['async', 'never waits in the domain'],
    ['file size', 'has short files'],
    ['function size', 'has short functions'],
    ['docstring', 'explains every exported symbol'],
    ['any', 'has no any'],
    ['comment', 'silences no check and leaves no note to finish later'],
    ['console', 'talks to the terminal only from the command line'],
  ])('%s: %s', (rule) => {
    expect(of(rule)).toEqual([])
  })

  it('exports only what another file imports, and keeps no exception that it does not need', () => {
    const rows = unusedExports(importers.map(parseTypeScript))
    const unused = rows.map(({ where, what }) => `${where.replace(/:\d+$/, '')} ${what}`)
    expect(unused).toEqual([])
  })

  it('describes every configuration key', () => {
    expect(Object.values(jsonSchemas()).flatMap((schema) => undescribedKeys(schema))).toEqual([])
  })

  it('explains every metric, sets every metric of the catalog and no other', () => {
    expect(unexplainedMetrics(catalog)).toEqual([])
    const own = typescript.filter(({ path }) => path !== 'src/adapters/metrics/catalog.ts')
    expect(strayMetrics(catalog, own)).toEqual([])
  })

  it('has a test, under the name it is given there, for every failure it promises to live with', () => {
    const page = { path: 'docs/failures.md', text: readFileSync('docs/failures.md', 'utf8') }
    const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)
    expect(untestedFailures(page, read)).toEqual([])
  })
})

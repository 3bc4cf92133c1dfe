import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { loadConfig } from '#daemon/config/load.js'
import { packageRoot } from '#daemon/package-root.js'
import { tempDir } from '../support/temp-dir.js'
import { ballast } from './cli-process.js'

const guide = readFileSync(join(packageRoot, 'docs/governance.md'), 'utf8')
const fenced = [...guide.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, kind, text]) => ({ kind: kind!, text: text! }))
const ofKind = (kind: string): readonly string[] => fenced.filter((row) => row.kind === kind).map(({ text }) => text)

/** Sections of a portfolio's file, each as shown; what is commented out as an alternative takes the place of the line before it. */
const yamls = ofKind('yaml').flatMap((text) => {
  const other = text.replace(/^( *)\w+: .*\n\1# (\w+: \{.*)$/m, '$1$2')
  return other === text ? [text] : [text, other]
})

/** A file with a portfolio that has these sections, beside the files the guide names. */
function configured(sections: string): string {
  const folder = tempDir()
  for (const part of ['portfolios', 'risk']) mkdirSync(join(folder, part))
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
  write('prices.csv', 'Date,AAPL,MSFT,TSLA,XOM,XYZ\n2024-01-02,1,1,1,1,1\n')
  write('portfolios/constituents.csv', 'Symbol,GICS Sector\nXOM,Energy\n')
  write('risk/correlations.csv', ofKind('')[0]!)
  write('risk/factors.csv', 'date,Mkt-RF,SMB,RF\n20261127,0.1,0.2,0.01\n')
  write('ballast.yaml', 'version: 1\nstate: {path: state}\nfeed: {file: prices.csv, volumes: false}\nseed: guide\n')
  const portfolio = {
    ...{ version: 1, id: 'guide', initial_cash: '1000000.00' },
    universe: { symbols: ['AAPL', 'MSFT', 'TSLA', 'XOM', 'XYZ'] },
    targets: { source: 'optimised' },
    // Five names within limits on each leave room that only cash can take.
    optimiser: { bounds: { cash: [0, 1] } },
    ...(parse(sections) as object),
  }
  write('portfolios/guide.yaml', stringify(portfolio))
  return join(folder, 'ballast.yaml')
}

describe('the configurations that docs/governance.md shows', () => {
  it('are seven at least', () => expect(yamls.length).toBeGreaterThanOrEqual(7))

  it.each(yamls.map((text, at) => [at + 1, text] as const))('number %i', (_, text) => {
    const loaded = loadConfig(configured(text))
    expect(loaded.ok ? '' : loaded.refusal.message).toBe('')
    if (!loaded.ok) return
    // What is shown takes part: each rule that it names is one of the policy's.
    const { governance } = parse(text) as { governance?: { rules: Record<string, unknown> } }
    const names = Object.keys(governance?.rules ?? {}).map((key) => key.replaceAll('_', '-'))
    expect(loaded.value.portfolios[0]!.policy.governance.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
  })

  it('would be told of a key that is none', () => {
    const loaded = loadConfig(configured('governance: {rules: {turnover: {most: 0.1}}}'))
    expect(loaded.ok ? '' : loaded.refusal.message).toContain('most')
  })
})

describe('the files that docs/governance.md shows', () => {
  const books = ofKind('csv')
  const plans = ofKind('json')
  const pairs = books.flatMap((book) => plans.map((plan, at) => [at + 1, plan, book] as const))

  it('are a book and two plans at least', () => expect([books.length, plans.length >= 2]).toEqual([1, true]))

  it.each(pairs)('plan %i, with that book', async (_, plan, book) => {
    const folder = tempDir()
    writeFileSync(join(folder, 'book.csv'), book)
    writeFileSync(join(folder, 'plan.json'), plan)
    const args = ['governance', 'check', '--book', 'book.csv', '--plan', 'plan.json', '--at', '2024-07-05T15:00:00Z']
    const ended = await ballast([...args, '-o', 'json'], { cwd: folder })
    expect(ended.code, ended.stdout + ended.stderr).not.toBe(64)
    const { data } = JSON.parse(ended.stdout) as { data: { legs: readonly { leg: string }[] } }
    const asked = (parse(plan) as { orders: { symbol: string; side: string }[] }).orders
    expect(data.legs.map(({ leg }) => leg)).toEqual(asked.map(({ side, symbol }) => `${side}-${symbol}`))
  })
})

describe('the commands that docs/governance.md shows', () => {
  const shown = [...guide.matchAll(/```console\n\$ ballast ([^\n]+)\n([^`]*)```/g)].map((match) => match.slice(1, 3))

  it('are two at least', () => expect(shown.length).toBeGreaterThanOrEqual(2))

  it.each(shown)('%s', async (args, text) => {
    const ended = await ballast(args!.split(' '), { cwd: join(packageRoot, 'docs') })
    expect(ended.stdout).toBe(text)
  })
})

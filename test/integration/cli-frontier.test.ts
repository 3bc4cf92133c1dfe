import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { packageRoot } from '#daemon/package-root.js'
import { suiteTempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'

interface Point {
  readonly status: string
  readonly floor: number
  readonly expectedReturn: number
  readonly cvar: number
  readonly cost: number
  readonly gap: number
  readonly weights: Readonly<Record<string, number>>
  readonly limits?: readonly { readonly limit: string; readonly meaning: string; readonly worth: string }[]
}

/** A fenced block of the page: its language, the file it is, what stands in it. */
interface Block {
  readonly language: string
  readonly name: string
  readonly text: string
}

const page = readFileSync(join(packageRoot, 'docs', 'optimiser.md'), 'utf8')
const blocks: readonly Block[] = [...page.matchAll(/^```(\w+) ?(\S*)\n(.*?)^```$/gms)].map(
  ([, language, name, text]) => ({ language: language!, name: name!, text: text! }),
)

/** Output without what differs between machines: gaps at the noise of arithmetic, iterations, time. */
const steady = (text: string): string =>
  text
    .replace(/gap \S+ certified/, 'gap certified')
    .replace(/\d+ iterations in /, 'in ')
    .replace(/in \S+ ms/, 'in time')
    .trimEnd()

describe('ballast optimise, as docs/optimiser.md shows it', () => {
  const dir = suiteTempDir()
  const optimise = (...args: string[]): Promise<Ended> =>
    ballast(['optimise', '--returns', 'returns.csv', '--problem', 'problem.yaml', ...args], { cwd: dir })
  const pointsOf = (ended: Ended) => dataOf<{ readonly points: readonly Point[] }>(ended).points

  beforeAll(() => {
    for (const { name, text } of blocks) if (name !== '') writeFileSync(join(dir, name), text)
  })

  it('prints what the page says it prints', async () => {
    const commands = blocks.flatMap((block, at) => (block.language === 'sh' ? [{ block, shown: blocks[at + 1]! }] : []))
    expect(commands.length).toBe(2)
    for (const { block, shown } of commands) {
      const words = block.text.trim().split(' ')
      expect(words[0]).toBe('bin/ballast')
      const ended = await ballast(words.slice(1), { cwd: dir })
      expect([ended.code, ended.stderr]).toEqual([0, ''])
      expect(shown.language).toBe('text')
      expect(steady(ended.stdout)).toBe(steady(shown.text))
    }
  })

  it('gives a frontier of certified points as JSON, the same for two threads and from a gzip file', async () => {
    const points = pointsOf(await optimise('--frontier', '7', '-o', 'json'))
    expect(points.length).toBe(7)
    for (const [k, { status, floor, expectedReturn, cvar, cost, gap }] of points.entries()) {
      expect([status, gap <= 1e-8]).toEqual(['OPTIMAL', true])
      expect(expectedReturn).toBeGreaterThanOrEqual(floor - 1e-10)
      const before = points[k - 1]
      if (before !== undefined) expect(cvar + cost / 12).toBeGreaterThan(before.cvar + before.cost / 12)
    }
    writeFileSync(join(dir, 'returns.csv.gz'), gzipSync(readFileSync(join(dir, 'returns.csv'))))
    const args = ['--returns', 'returns.csv.gz', '--problem', 'problem.yaml', '--threads', '2']
    const packed = await ballast(['optimise', ...args, '--frontier', '7', '-o', 'json'], { cwd: dir })
    expect(pointsOf(packed)).toEqual(points)
  })

  it('writes figures and weights as CSV, of a frontier and of one portfolio', async () => {
    const points = pointsOf(await optimise('--frontier', '3', '--csv', 'three.csv', '-o', 'json'))
    const [header, ...rows] = readFileSync(join(dir, 'three.csv'), 'utf8').trimEnd().split('\n')
    expect(header).toBe('floor,expected_return,cvar,var,cost,gap,cash,STOCKS,BONDS,GOLD,PROPERTY')
    expect(rows.length).toBe(3)
    for (const [k, row] of rows.entries()) {
      const cells = row.split(',').map(Number)
      const { floor, expectedReturn, cvar, weights } = points[k]!
      expect(cells.slice(0, 3)).toEqual([floor, expectedReturn, cvar])
      expect(cells.slice(7)).toEqual(Object.values(weights))
    }
    await optimise('--csv', 'one.csv', '-o', 'none')
    expect(readFileSync(join(dir, 'one.csv'), 'utf8')).toMatch(/^floor,.*\n,-?\d.*\n$/)
  })

  it('says what binds and what loosening it brings', async () => {
    const points = pointsOf(await optimise('--frontier', '3', '--explain', '-o', 'json'))
    expect(points[1]!.limits).toContainEqual(
      expect.objectContaining({
        limit: 'minimumReturn',
        meaning: 'the expected return is the least asked for',
        worth: expect.stringMatching(/^a basis point less asked would lower the objective by about [\d.]+ bps$/),
      }),
    )
    const { stdout } = await optimise('--frontier', '3', '--explain')
    expect(stdout).toMatch(/^#2 +the expected return is the least asked for: a basis point less asked/m)
    const plain = pointsOf(await optimise('--frontier', '3', '-o', 'json'))
    expect(plain[0]).not.toHaveProperty('limits')
  })

  it('draws the frontier as a whole page or a picture', async () => {
    await optimise('--frontier', '4', '--plot', 'frontier.html', '-o', 'none')
    const html = readFileSync(join(dir, 'frontier.html'), 'utf8')
    expect(html).toMatch(/^<!doctype html>/)
    expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/)
    expect(html.match(/<tr><th scope="row">/g)?.length).toBe(4)
    await optimise('--frontier', '4', '--plot', 'frontier.svg', '-o', 'none')
    const svg = readFileSync(join(dir, 'frontier.svg'), 'utf8')
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(svg).not.toContain('var(')
  })

  it('exits 64 on what it cannot do', async () => {
    writeFileSync(join(dir, 'meanless.yaml'), '{}')
    writeFileSync(join(dir, 'names.yaml'), 'mean: scenario\ncardinality: {most: 2}\n')
    for (const [args, said] of [
      [['--frontier', '1'], 'must be a whole number ≥ 2'],
      [['--threads', '0'], 'must be a whole number ≥ 1'],
      [['--time-limit', '5'], 'must be a whole number above zero with a unit'],
      [['--plot', 'frontier.html'], 'give --frontier POINTS as well'],
      [['--frontier', '3', '--plot', 'frontier.png'], '--plot draws a .svg or a .html file'],
      [['--frontier', '3', '--plot', 'no/such/frontier.svg'], 'cannot write no/such/frontier.svg'],
      [['--csv', 'no/such/one.csv'], 'cannot write no/such/one.csv'],
      [['--frontier', '3', '--problem', 'meanless.yaml'], '--frontier needs expected returns'],
      [['--frontier', '3', '--problem', 'names.yaml'], 'the optimiser refused cardinality'],
    ] as const) {
      const ended = await optimise(...args)
      expect([ended.code, ended.stderr], args.join(' ')).toEqual([64, expect.stringContaining(said)])
    }
  })

  it('ends when its time is over', async () => {
    const columns = 60
    const names = Array.from({ length: columns }, (_, i) => `S${i}`)
    const cell = (t: number, i: number) => (Math.sin(t * (i + 1.7) + i * i) * 0.02).toFixed(5)
    const rows = Array.from({ length: 6000 }, (_, t) => names.map((_, i) => cell(t, i)).join(','))
    writeFileSync(join(dir, 'long.csv'), `${names.join(',')}\n${rows.join('\n')}\n`)
    writeFileSync(join(dir, 'long.yaml'), 'mean: scenario\n')
    const args = ['--returns', 'long.csv', '--problem', 'long.yaml', '--frontier', '60', '--time-limit', '5ms']
    const ended = await ballast(['optimise', ...args, '-o', 'json'], { cwd: dir })
    expect([ended.code, errorOf(ended).code]).toEqual([1, 'TIME_LIMIT'])
  })
})

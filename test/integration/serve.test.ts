import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openJournal } from '#adapters/journal/lmdb.js'
import { packageRoot } from '#daemon/package-root.js'
import { type BallastProcess, startBallast } from '../support/ballast-process.js'
import { type ScenarioOptions, writeScenario } from '../support/scenario.js'
import { tempDir } from '../support/temp-dir.js'

const toolPath = [
  process.env.PATH,
  ...['usr/bin', 'usr/sbin'].map((dir) => join(packageRoot, '.tools', dir)),
  '/usr/sbin',
]
  .filter((dir) => dir !== undefined)
  .join(':')
const promtool = ['promtool', '--version'] as const
const hasPromtool = spawnSync(promtool[0], [promtool[1]], { env: { ...process.env, PATH: toolPath } }).status === 0

interface Served extends BallastProcess {
  readonly dir: string
  readonly url: string
}

async function serve(options: ScenarioOptions = {}, dir = tempDir()): Promise<Served> {
  if (!existsSync(join(dir, 'ballast.yaml'))) writeScenario(dir, { sessions: 60, onEnd: 'stay', ...options })
  const ballast = startBallast(['serve', '-c', join(dir, 'ballast.yaml')])
  onTestFinished(() => void ballast.child.kill('SIGKILL'))
  await ballast.said('"serving"')
  const address = /"http":"([^"]+)"/.exec(ballast.output())?.[1]
  return { ...ballast, dir, url: `http://${address}` }
}

const text = async (url: string): Promise<string> => (await fetch(url)).text()

describe('the daemon', () => {
  it('replays its feed, answers health and metrics, refuses a second owner, and ends on SIGTERM with its state intact', async () => {
    const ballast = await serve()
    await ballast.said('feed ended')
    const ready = await fetch(`${ballast.url}/readyz?verbose`)
    expect(ready.status).toBe(200)
    expect(await ready.text()).toMatch(/\[\+\] portfolio mean-cvar: reconciled, journal at \d+/)
    expect(await text(`${ballast.url}/livez`)).toBe('ok\n')
    const metrics = await text(`${ballast.url}/metrics`)
    expect(metrics).toMatch(/ballast_runs_total\{[^}]*outcome="completed"[^}]*\} [1-9]/)
    expect(metrics).toMatch(/ballast_equity\{portfolio="fixed"\} \d{6}/)
    expect(metrics).toContain('ballast_metrics_dropped_total 0')
    if (hasPromtool) {
      const ours = metrics.split('\n').filter((line) => /^(# (HELP|TYPE) )?ballast_/.test(line))
      const check = spawnSync('promtool', ['check', 'metrics'], {
        input: `${ours.join('\n')}\n`,
        env: { ...process.env, PATH: toolPath },
        encoding: 'utf8',
      })
      expect(`${check.stdout}${check.stderr}`).toBe('')
      expect(check.status).toBe(0)
    } else if (process.env.CI) throw new Error('promtool is missing: scripts/setup test installs it')

    const status = startBallast(['status', '-c', join(ballast.dir, 'ballast.yaml')])
    expect(await status.ended).toBe(4)
    expect(status.output()).toContain(String(ballast.child.pid))

    ballast.child.kill('SIGTERM')
    expect(await ballast.ended).toBe(0)
    const journal = openJournal({ dir: join(ballast.dir, 'state', 'journal') })
    for (const portfolio of journal.portfolios()) expect(journal.verify(portfolio).ok).toBe(true)
    await journal.close()
  })

  it('stops between sessions on SIGTERM in the middle of a feed and goes on there the next time', async () => {
    const dir = tempDir()
    const first = await serve({ speed: 40 }, dir)
    await first.said('"serving"')
    await new Promise((resolve) => setTimeout(resolve, 300))
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    expect(first.output()).not.toContain('feed ended')
    writeFileSync(
      join(dir, 'ballast.yaml'),
      readFileSync(join(dir, 'ballast.yaml'), 'utf8').replace('speed: 40', 'speed: 0'),
    )
    const second = await serve({}, dir)
    await second.said('feed ended')
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
  })

  it('counts and names a bad price, and goes on', async () => {
    const dir = tempDir()
    const { prices } = writeScenario(dir, { sessions: 60, onEnd: 'stay' })
    const lines = readFileSync(prices, 'utf8').split('\n')
    lines[5] = lines[5]!.replace(/,[^,]+,/, ',NaN,')
    lines[9] = lines[9]!.replace(/,[^,]+,/, ',-3.5,')
    writeFileSync(prices, lines.join('\n'))
    const ballast = await serve({}, dir)
    await ballast.said('feed ended')
    const metrics = await text(`${ballast.url}/metrics`)
    expect(metrics).toContain('ballast_market_data_dropped_total{reason="not_a_number"} 1')
    expect(metrics).toContain('ballast_market_data_dropped_total{reason="not_positive"} 1')
    expect(ballast.output()).toMatch(/price dropped/)
  })
})

describe('a bad configuration', () => {
  const cases: readonly (readonly [string, (dir: string) => void, RegExp])[] = [
    [
      'an unknown key',
      (dir) => appendFileSync(join(dir, 'ballast.yaml'), 'colour: red\n'),
      /ballast\.yaml:\d+:\d+ .*colour/,
    ],
    [
      'weights that sum to 1.2',
      (dir) => edit(dir, 'portfolios/fixed.yaml', 'cash: 0.05', 'cash: 0.25'),
      /fixed\.yaml:\d+:\d+ targets.*1\.2/,
    ],
    [
      'a band of −1',
      (dir) => edit(dir, 'portfolios/fixed.yaml', 'band: 0.08', 'band: -1'),
      /fixed\.yaml:\d+:\d+ triggers\.drift\.band/,
    ],
    [
      'negative cash',
      (dir) => edit(dir, 'portfolios/fixed.yaml', '"1000000.00"', '"-5.00"'),
      /fixed\.yaml:\d+:\d+ initial_cash/,
    ],
    ['a missing price file', (dir) => edit(dir, 'ballast.yaml', 'prices.csv', 'nowhere.csv'), /nowhere\.csv/],
    [
      'a missing portfolio file',
      (dir) => appendFileSync(join(dir, 'ballast.yaml'), 'portfolios: [portfolios/none.yaml]\n'),
      /none\.yaml/,
    ],
  ]
  for (const [what, spoil, named] of cases)
    it(`with ${what} is refused with its place and exit code 64`, async () => {
      const dir = tempDir()
      const { config } = writeScenario(dir, { sessions: 60 })
      spoil(dir)
      const ballast = startBallast(['serve', '-c', config])
      expect(await ballast.ended).toBe(64)
      expect(ballast.output()).toMatch(named)
    })

  it('without the file itself is refused with its path and exit code 64', async () => {
    const ballast = startBallast(['serve', '-c', join(tempDir(), 'absent.yaml')])
    expect(await ballast.ended).toBe(64)
    expect(ballast.output()).toContain('absent.yaml')
  })
})

function edit(dir: string, file: string, from: string, to: string): void {
  const path = join(dir, file)
  const before = readFileSync(path, 'utf8')
  expect(before).toContain(from)
  writeFileSync(path, before.replace(from, to))
}

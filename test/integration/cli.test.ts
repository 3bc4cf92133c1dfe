import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { openJournalForReading } from '#adapters/journal/lmdb.js'
import { packageRoot } from '#daemon/package-root.js'
import { version } from '#daemon/version.js'
import { portfolioId } from '#units/ids.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf, holdState } from './cli-process.js'
import { playWorkspace, SYMBOLS, type Workspace, writeWorkspace } from './cli-workspace.js'

interface OrderRow {
  readonly order: string
  readonly run: string
  readonly instrument: string
  readonly side: 'buy' | 'sell'
  readonly status: string
  readonly fills: { readonly cumulative: string }
}

describe('the command line over a state directory', () => {
  let workspace: Workspace
  const folder = suiteTempDir()
  const run = (...args: string[]): Promise<Ended> => ballast(args, { cwd: folder })
  const json = async <T>(...args: string[]): Promise<T> => dataOf<T>(await run(...args, '-o', 'json'))

  beforeAll(async () => {
    workspace = writeWorkspace(folder)
    await playWorkspace(workspace)
  })

  it('status lists every portfolio, and shows one in full', async () => {
    const all =
      await json<{ portfolio: string; state: string; trading: string; equity: string; seq: number }[]>('status')
    expect(all.map(({ portfolio }) => portfolio)).toEqual(['fixed', 'optimised', 'refused'])
    for (const row of all) expect(row).toMatchObject({ state: 'watching', trading: 'active' })
    const one = await json<{ hash: string; seq: number; nextCalendar: string }>('status', 'optimised')
    expect(one).toMatchObject({ seq: all[1]!.seq, nextCalendar: '2024-01-01' })
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/)
    const text = await run('status')
    expect(text).toMatchObject({ code: 0, stderr: '' })
    expect(text.stdout.split('\n')[0]).toMatch(/^PORTFOLIO +MODE +TRADING +STATE +SESSION +EQUITY/)
    expect((await run('status', 'fixed')).stdout).toContain('no calendar')
    expect((await run('status', 'optimised')).stdout).toContain(
      'monthly on day 1: 2024-01 at the first session from 2024-01-01 on',
    )
  })

  it('calendar next tells when a portfolio is due, and why one never is', async () => {
    const schedule = 'monthly on day 1'
    expect(await json('calendar', 'next', 'optimised')).toEqual({
      ...{ portfolio: 'optimised', schedule, none: null },
      next: { period: '2024-01', session: '2024-01-01', at: null },
    })
    expect(await json('calendar', 'next', 'fixed')).toMatchObject({ schedule: null, next: null })
    expect((await run('calendar', 'next', 'fixed')).stdout).toBe('never: it has no calendar\n')
  })

  it('drift measures holdings against effective targets', async () => {
    const drift = await json<{
      rows: { instrument: string; held: number; target: number; band: number }[]
      largest: number
    }>('drift', 'fixed')
    expect(drift.rows.map(({ instrument }) => instrument).sort()).toEqual(SYMBOLS)
    for (const row of drift.rows) expect(row).toMatchObject({ target: 0.24, band: 0.2 })
    const gaps = drift.rows.map(({ held, target }) => Math.abs(held - target))
    expect(drift.largest).toBe(Math.max(...gaps))
    expect((await run('drift', 'refused')).stdout).toMatch(/no effective targets|inside|breached/)
  })

  it('plan proposes trades without writing, and says so by exit code when asked', async () => {
    const before = await json('status')
    const plain = await run('plan', 'fixed', '-o', 'json')
    const detailed = await run('plan', 'fixed', '--detailed-exitcode', '-o', 'json')
    expect([plain.code, detailed.code]).toEqual([0, 2])
    expect(plain.stdout).toBe(detailed.stdout)
    const plan = dataOf<{ legs: unknown[]; plan: { hash: string }; veto: null }>(plain)
    expect(plan.legs.length).toBeGreaterThan(0)
    expect(plan.veto).toBeNull()
    expect(await json('status')).toEqual(before)
    expect((await run('plan', 'fixed')).stdout).toContain(plan.plan.hash.slice(0, 12))
  })

  it('plan and run exit 3 when governance refuses', async () => {
    const planned = await run('plan', 'refused', '-o', 'json')
    expect(planned.code).toBe(3)
    expect(errorOf(planned)).toMatchObject({ code: 'GOVERNANCE_VETO' })
    expect(errorOf(planned).message).toContain('price-collar')
    expect(planned.stderr).toMatch(/^ballast: governance refused the plan of refused: .*\n$/)
    const done = await run('run', 'refused', '--reason', 'try', '--actor', 'pm')
    expect(done.code).toBe(3)
    expect(done.stdout).toContain('manual: pm: try.')
  })

  it('explains every order there is', async () => {
    for (const portfolio of ['fixed', 'optimised']) {
      const orders = await json<OrderRow[]>('orders', portfolio)
      expect(orders.length).toBeGreaterThan(10)
      const sample = orders.filter((_, index) => index % Math.ceil(orders.length / 3) === 0)
      for (const { order, run: id } of sample) {
        const [explained, { stdout: text }] = await Promise.all([json('explain', order), run('explain', order)])
        expect(explained).toMatchObject({ kind: 'order', order, run: id })
        for (const heading of ['Trigger', 'Targets', 'Rules', 'Sizing', 'Release', 'Fills', 'Cost', 'Outcome'])
          expect(text).toMatch(new RegExp(`^${heading} `, 'm'))
        expect(text).not.toMatch(/undefined|NaN/)
      }
    }
  })

  it('explains a run, a plan by its hash and a symbol', async () => {
    const runs = await json<{ run: string; plan: string; orders: number }[]>('run', 'ls', 'fixed')
    const traded = runs.filter(({ orders }) => orders > 0).at(-1)!
    const byId = await json<{ kind: string; plan: { hash: string } }>('explain', traded.run, '-p', 'fixed')
    expect(byId).toMatchObject({ kind: 'run', run: traded.run, plan: { hash: traded.plan } })
    const byPlan = await json('explain', traded.plan.slice(0, 12))
    expect(byPlan).toEqual(byId)
    expect(await json('run', 'show', 'fixed', traded.run)).toMatchObject({ run: traded.run, portfolio: 'fixed' })
    const symbol = await json<{ kind: string; runs: unknown[] }>('explain', 'CCC', '-p', 'optimised', '-n', '3')
    expect(symbol.kind).toBe('symbol')
    expect(symbol.runs).toHaveLength(3)
    expect((await run('explain', 'CCC')).stdout).toMatch(/^(fixed|optimised|refused) R-\d+ \(20/)
  })

  it('refuses an ambiguous run with 64 and unknown ones with 5', async () => {
    const ambiguous = await run('explain', 'R-1', '-o', 'json')
    expect([ambiguous.code, errorOf(ambiguous).code]).toEqual([64, 'AMBIGUOUS'])
    await each(
      [
        ['explain', 'R-9999'],
        ['explain', 'A'.repeat(26)],
        ['explain', 'ZZZ'],
        ['explain', 'no such thing'],
        ['status', 'nobody'],
        ['run', 'show', 'fixed', 'R-9999'],
        ['run', 'nobody', '--reason', 'x'],
        ['status', '--state', join(folder, 'nowhere')],
      ],
      async (args) => {
        const ended = await run(...args, '-o', 'json')
        expect(ended.code, args.join(' ')).toBe(5)
        expect(JSON.parse(ended.stdout)).toMatchObject({ ok: false, error: { message: expect.any(String) } })
        expect(ended.stderr).toBe(`ballast: ${errorOf(ended).message}\n`)
      },
    )
  })

  it('orders, fills and positions tell the same story', async () => {
    const orders = await json<OrderRow[]>('orders', 'fixed')
    const fills = await json<{ instrument: string; side: string; quantity: string }[]>('fills', 'fixed')
    const held = await json<{
      positions: { instrument: string; quantity: string; weight: number }[]
      cashWeight: number
    }>('positions', 'fixed')
    for (const { instrument, quantity } of held.positions) {
      const signed = (rows: readonly { instrument: string; side: string; units: string }[]): number =>
        rows
          .filter((row) => row.instrument === instrument)
          .reduce((sum, row) => sum + (row.side === 'buy' ? 1 : -1) * Number(row.units), 0)
      expect(signed(fills.map((fill) => ({ ...fill, units: fill.quantity })))).toBe(Number(quantity))
      expect(signed(orders.map((order) => ({ ...order, units: order.fills.cumulative })))).toBe(Number(quantity))
    }
    expect(held.positions.reduce((sum, { weight }) => sum + weight, held.cashWeight)).toBeCloseTo(1, 12)
    expect(await json('orders', 'fixed', '--open')).toEqual([])
    const lines = (await run('fills', 'fixed', '-o', 'jsonl')).stdout.trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(fills)
  })

  it('run rebalances at the last session, journals who and why, and leaves a chain that verifies', async () => {
    const runs = await json<unknown[]>('run', 'ls', 'fixed')
    const dry = await run('run', 'fixed', '--reason', 'trim', '--dry-run', '-o', 'json')
    expect([dry.code, (await json<unknown[]>('run', 'ls', 'fixed')).length]).toEqual([0, runs.length])
    const planned = dataOf<{ run: string; plan: { hash: string } }>(dry)
    const done = await json<{
      run: string
      plan: { hash: string }
      session: string
      trigger: { why: string }
      orders: OrderRow[]
    }>('run', 'fixed', '--reason', 'trim', '--actor', 'j.doe')
    expect(done).toMatchObject({ run: planned.run, plan: planned.plan, session: '2023-12-01' })
    expect(done.trigger.why).toBe('j.doe: trim')
    expect(done.orders.length).toBeGreaterThan(0)
    expect(done.orders.every(({ status }) => status === 'filled')).toBe(true)
    expect((await json<unknown[]>('run', 'ls', 'fixed')).length).toBe(runs.length + 1)
    expect((await run('journal', 'verify')).code).toBe(0)
    expect(
      (await json<{ rows: { held: number; target: number }[] }>('drift', 'fixed')).rows.every(
        ({ held, target }) => Math.abs(held - target) < 0.002,
      ),
    ).toBe(true)
  })

  it('asks for a reason before it trades', async () => {
    const ended = await run('run', 'fixed', '-o', 'json')
    expect([ended.code, errorOf(ended).code]).toEqual([64, 'REASON_REQUIRED'])
  })

  it('journal show pages through entries and verify names the heads', async () => {
    const head = (await json<{ seq: number; hash: string }>('status', 'fixed')).seq
    const newest = await json<{ seq: number; hash: string; prev: string }[]>('journal', 'show', 'fixed', '--limit', '4')
    expect(newest.map(({ seq }) => seq)).toEqual([head - 3, head - 2, head - 1, head])
    const first = await json<{ seq: number; event: { type: string } }[]>(
      'journal',
      'show',
      'fixed',
      '--from',
      '1',
      '--limit',
      '2',
    )
    expect(first.map(({ seq }) => seq)).toEqual([1, 2])
    expect(first[0]!.event.type).toBe('created')
    const verified = await json<{ portfolio: string; head: string; entries: number }[]>('journal', 'verify', 'fixed')
    expect(verified).toMatchObject([{ portfolio: 'fixed', entries: head, head: newest[3]!.hash }])
  })

  it('exits 4 and names the process while another one owns the state', async () => {
    const holder = await holdState(workspace.state)
    try {
      await each(
        [['status'], ['plan', 'fixed'], ['run', 'fixed', '--reason', 'x'], ['journal', 'verify']],
        async (args) => {
          const ended = await run(...args, '-o', 'json')
          expect(ended.code, args.join(' ')).toBe(4)
          expect(errorOf(ended)).toMatchObject({ code: 'JOURNAL_LOCKED', pid: holder.pid })
          expect(ended.stderr).toContain(`pid ${holder.pid}`)
        },
      )
    } finally {
      await holder.letGo()
    }
    expect((await run('status', '-o', 'none')).code).toBe(0)
  })

  it('exits 78 when a byte of the journal is not what was written', async () => {
    const copy = join(tempDir(), 'state')
    cpSync(workspace.state, copy, { recursive: true })
    const reading = openJournalForReading({ dir: join(copy, 'journal') })
    const fixed = portfolioId('fixed')
    const seq = reading.head(fixed).seq
    const { hash } = reading.entries(fixed, seq, 1)[0]!
    await reading.close()
    flip(join(copy, 'journal', 'data.mdb'), `"hash":"${hash}"`)
    const verified = await run('journal', 'verify', '--state', copy, '-o', 'json')
    expect(verified.code).toBe(78)
    expect(errorOf(verified).message).toMatch(new RegExp(`fixed is corrupt at sequence ${seq}`))
    const read = await run('status', 'fixed', '--state', copy, '-o', 'json')
    expect([read.code, errorOf(read).code]).toEqual([78, 'JOURNAL_CORRUPT'])
    expect((await run('journal', 'verify', 'optimised', '--state', copy)).code).toBe(0)
  })

  it('validates, shows and describes configuration', async () => {
    expect(await run('config', 'validate')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('fixed, optimised, refused'),
    })
    const settings = await json<{ path: string; value: unknown; origin: string }[]>('config', 'show')
    expect(settings.find(({ path }) => path === 'seed')).toMatchObject({ value: 'workspace' })
    expect((await run('config', 'show', '--origin')).stdout).toMatch(
      /^http\.listen: "127\.0\.0\.1:9464" {2}# default$/m,
    )
    const schema = await run('config', 'schema', '--of', 'portfolio')
    const committed = readFileSync(join(packageRoot, 'config', 'schema', 'portfolio.schema.json'), 'utf8')
    expect(JSON.parse(schema.stdout)).toEqual(JSON.parse(committed))
  })

  it('exits 64 with file, line and field of every configuration problem', async () => {
    const broken = writeWorkspace(tempDir())
    writeFileSync(
      broken.config,
      'version: 1\nstate: {path: s}\nfeed: {file: prices.csv, speed: -1}\nlogging: {level: loud}\n',
    )
    const ended = await run('config', 'validate', '-c', broken.config, '-o', 'json')
    expect(ended.code).toBe(64)
    expect(errorOf(ended).problems).toMatchObject([
      { line: 3, path: 'feed.speed' },
      { line: 4, path: 'logging.level' },
    ])
    expect((await run('status', '-c', broken.config)).code).toBe(64)
  })

  it('exits 64 on wrong usage, with a sentence and the JSON object that was asked for', async () => {
    await each(
      [
        ['nonsense'],
        ['status', '--nonsense'],
        ['drift'],
        ['journal', 'show', 'fixed', '--limit', '0'],
        ['status', '--time-format', 'odd'],
      ],
      async (args) => {
        const ended = await run(...args, '-o', 'json')
        expect(ended.code, args.join(' ')).toBe(64)
        expect(errorOf(ended).code).toBe('USAGE')
        expect(ended.stderr.split('\n').filter((line) => line !== '')).toHaveLength(1)
      },
    )
    const bare = await run()
    expect([bare.code, bare.stdout]).toEqual([64, ''])
    expect(bare.stderr).toContain('Usage: ballast')
  })

  it('answers help and version with 0, on stdout', async () => {
    await each([['--help'], ['run', '--help'], ['help', 'plan']], async (args) => {
      const ended = await run(...args)
      expect([ended.code, ended.stderr]).toEqual([0, ''])
      expect(ended.stdout).toContain('Usage: ballast')
    })
    expect((await run('--version')).stdout).toBe(`${version}\n`)
    expect(await json('version')).toMatchObject({ ballast: version, node: process.versions.node, journal: 1 })
  })

  it('prints nothing with -o none and no escape codes when stdout is no terminal', async () => {
    expect(await run('status', '-o', 'none')).toEqual({ code: 0, stdout: '', stderr: '' })
    await each([['status'], ['drift', 'fixed'], ['run', 'ls', 'fixed']], async (args) => {
      expect((await run(...args)).stdout).not.toContain('\u001b')
    })
  })

  it('shows times as asked', async () => {
    const at = async (format: string): Promise<string> =>
      (await run('journal', 'show', 'fixed', '--limit', '1', '--time-format', format)).stdout
    expect(await at('iso')).toContain('2023-12-01T21:00:00.000Z')
    expect(await at('raw')).toContain(String(Date.parse('2023-12-01T21:00:00.000Z')))
    expect(await at('relative')).toMatch(/\d+d ago/)
  })
})

/** Checks cases side by side: each is a process of its own. */
const each = (cases: readonly string[][], check: (args: string[]) => Promise<void>): Promise<unknown> =>
  Promise.all(cases.map(check))

/** Changes one byte of every place where a text stands in a file. */
function flip(file: string, text: string): void {
  const bytes = readFileSync(file)
  let found = 0
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) {
    const place = at + text.length - 2
    bytes.writeUInt8(bytes.readUInt8(place) === 0x30 ? 0x31 : 0x30, place)
    found += 1
  }
  if (found === 0) throw new Error(`${file} does not hold ${text}`)
  writeFileSync(file, bytes)
}

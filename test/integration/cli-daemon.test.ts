import { randomUUID } from 'node:crypto'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type NatsBus, natsBus } from '#adapters/bus/nats.js'
import { newOperatorKey } from '#adapters/wire/signing.js'
import { portfolioId } from '#units/ids.js'
import { type NatsServer, startNatsServer, withNats } from '../support/nats-server.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'
import { playWorkspace, type Workspace, writeWorkspace } from './cli-workspace.js'
import { type ControlDaemon, type DaemonOptions, openControl } from './control-daemon.js'

const BY = ['--reason', 'vendor prices look wrong', '--actor', 'j.doe'] as const
const FIXED = portfolioId('fixed')

interface Changed {
  readonly before: string
  readonly trading: string
  readonly seq: number
  readonly requestId: string
  readonly duplicate: boolean
}

withNats('the command line and a running daemon', () => {
  let workspace: Workspace
  let server: NatsServer
  const folder = suiteTempDir()

  beforeAll(async () => {
    workspace = writeWorkspace(folder)
    await playWorkspace(workspace)
    server = await startNatsServer()
    writeFileSync(
      join(folder, 'contexts.yaml'),
      `current: here\ncontexts:\n  here: {servers: ["${server.url}"]}\n  secret: {servers: ["${server.url}"], user: me, password_file: nowhere}\n`,
    )
  })
  afterAll(() => server?.stop())

  const connected = async (): Promise<NatsBus> => {
    const bus = await natsBus({ servers: [server.url], name: 'test' }, 'once')
    onTestFinished(() => bus.close())
    return bus
  }
  /** A daemon over a copy of the played state, behind the server. */
  const daemon = async (parts?: DaemonOptions['parts']): Promise<ControlDaemon> => {
    const state = join(tempDir(), 'state')
    cpSync(workspace.state, state, { recursive: true })
    const bus = await connected()
    const opened = await openControl(workspace.config, state, { bus, ...(parts === undefined ? {} : { parts }) })
    onTestFinished(() => opened.close())
    await bus.roundTripMs()
    return opened
  }
  const env = { BALLAST_CONTEXTS: join(folder, 'contexts.yaml'), HOME: folder }
  /** Runs a command with the contexts file, whose current context is the server. */
  const run = (...args: string[]): Promise<Ended> => ballast(args, { cwd: folder, env })
  const json = async <T>(...args: string[]): Promise<T> => dataOf<T>(await run(...args, '-o', 'json'))
  const ends = async (args: readonly string[], exit: number, code: string): Promise<Ended> => {
    const ended = await run(...args, '-o', 'json')
    expect([ended.code, errorOf(ended).code], `${args.join(' ')}: ${ended.stderr}`).toEqual([exit, code])
    return ended
  }

  it('answers questions in the words it has for a state directory', async () => {
    await daemon()
    const questions = [
      ['drift', 'fixed'],
      ['orders', 'fixed'],
      ['fills', 'optimised'],
      ['positions', 'fixed'],
      ['run', 'ls', 'optimised'],
      ['run', 'show', 'fixed', 'R-1'],
      ['explain', 'CCC', '-n', '4'],
      ['plan', 'fixed', '--what-if', 'price.AAA=-10%', '--what-if', 'orders.collar=0.02'],
      ['journal', 'show', 'fixed', '--from', '1', '--limit', '60'],
    ]
    for (const args of questions) {
      const there = await run(...args)
      const here = await ballast([...args, '--state', workspace.state], { cwd: folder, env })
      expect(there, args.join(' ')).toEqual(here)
    }
    const [there, here] = [await run('drift', 'fixed', '-o', 'json'), 'drift']
    expect(there.stdout).toBe(
      (await ballast([here, 'fixed', '--state', workspace.state, '-o', 'json'], { cwd: folder, env })).stdout,
    )
    expect((await json<unknown[]>('status')).length).toBe(3)
    const ls = await run('ls')
    expect(ls.stdout).toMatch(
      /^PORTFOLIO +MODE +TRADING +STATE +READY +DRIFT +BAND +NEXT DUE\nfixed +paper +active +watching +yes/,
    )
    expect((await run('reconcile', 'fixed')).stdout).toMatch(/^fixed agrees with its gateway: \d+ orders, /)
    await ends(['explain', 'R-1'], 64, 'AMBIGUOUS')
    await ends(['explain', 'R-9999'], 5, 'NOT_FOUND')
    await ends(['status', 'nobody'], 5, 'PORTFOLIO_UNKNOWN')
    await ends(['status', 'no.body'], 5, 'PORTFOLIO_UNKNOWN')
  })

  it('changes permission, once for a request however often it is asked', async () => {
    const { assembly, head } = await daemon()
    const paused = await json<Changed>('pause', 'fixed', ...BY)
    expect(paused).toMatchObject({ portfolio: 'fixed', before: 'active', trading: 'paused', duplicate: false })
    const again = await json<Changed>('pause', 'fixed', ...BY, '--request-id', paused.requestId)
    expect(again).toEqual({ ...paused, duplicate: true })
    expect(head(FIXED)).toBe(paused.seq)
    await ends(['resume', 'fixed', ...BY, '--request-id', paused.requestId], 4, 'REQUEST_CONFLICT')
    await ends(['run', 'fixed', ...BY], 1, 'NOT_ACTIVE')
    const dry = await run('resume', 'fixed', ...BY, '--dry-run')
    expect([dry.code, dry.stderr]).toEqual([0, 'Dry run: nothing was journaled.\n'])
    expect(dry.stdout).toMatch(/^trading +active, was paused$/m)
    expect(head(FIXED)).toBe(paused.seq)
    const all = await json<{ changed: { portfolio: string }[]; already: string[] }>('halt', '--all', ...BY)
    expect(all.changed.map(({ portfolio }) => portfolio)).toEqual(['fixed', 'optimised', 'refused'])
    expect(assembly.engine.host.snapshot(portfolioId('refused'))!.value.permission).toBe('halted')
    const reduced = await run('reduce', '--all', ...BY)
    expect([reduced.code, reduced.stdout.match(/reducing/g)?.length]).toEqual([0, 3])
    await ends(['halt', ...BY], 64, 'USAGE')
    await ends(['halt', 'fixed', '--all', ...BY], 64, 'USAGE')
  })

  it('says what would bring halted books into agreement with the gateway, and books it', async () => {
    const { assembly, head } = await daemon()
    await ends(['reconcile', 'fixed', '--explain'], 1, 'NOT_HALTED')
    await ends(['reconcile', 'fixed', '--adjust'], 64, 'REASON_REQUIRED')
    const holdings = assembly.venue.holdings.bind(assembly.venue)
    assembly.venue.holdings = async (portfolio) => {
      const held = await holdings(portfolio)
      return { ...held, cash: held.cash.minus('3.21') as never }
    }
    await json('halt', 'fixed', ...BY)
    await ends(['reconcile', 'fixed'], 1, 'BREAKS')
    const seq = head(FIXED)
    const told = await run('reconcile', 'fixed', '--explain')
    expect(told.stderr).toBe('Nothing was journaled. With --adjust this would be booked:\n')
    expect(told.stdout).toMatch(/^cash +-3\.21$/m)
    expect(head(FIXED)).toBe(seq)
    expect(await json('reconcile', 'fixed', '--adjust', ...BY)).toMatchObject({ cash: '-3.21', seq: seq + 1 })
    expect((await run('reconcile', 'fixed')).stdout).toMatch(/^fixed agrees with its gateway/)
  })

  it('shows a second operator what exactly waits, what was confirmed, and who did', async () => {
    const home = tempDir()
    const keys = { ann: newOperatorKey(), bob: newOperatorKey() }
    const rules = { operators: { ann: keys.ann.publicKey, bob: keys.bob.publicKey }, unsigned: 'refuse' } as const
    await daemon((parts) => ({ ...parts, authority: { rules: { ...rules, twoPerson: true } } }))
    const as = (who: keyof typeof keys, ...args: string[]): Promise<Ended> => {
      const contexts = join(home, `${who}.yaml`)
      writeFileSync(join(home, `${who}.key`), keys[who].privateKey, { mode: 0o600 })
      const lines = [`operator: {name: ${who}, key_file: ${who}.key}`, `contexts: {here: {servers: ["${server.url}"]}}`]
      writeFileSync(contexts, ['current: here', ...lines, ''].join('\n'))
      return ballast(args, { cwd: home, env: { BALLAST_CONTEXTS: contexts, HOME: home } })
    }
    const asked = await as('ann', 'payout', 'fixed', '1234.50', '--reason', 'vendor invoice', '-o', 'json')
    expect([asked.code, errorOf(asked).code]).toEqual([3, 'SECOND_OPERATOR'])
    const term = 'fixed: payout 1,234.50 USD, asked by ann: vendor invoice'
    const listed = (await as('bob', 'approve')).stdout
    const id = /^([0-9a-f]{32}) +payout +fixed +ann /m.exec(listed)?.[1] ?? ''
    expect(listed).toContain(`\n${id}  ${term}\n`)
    const done = (await as('bob', 'approve', id, '--reason', 'invoice seen')).stdout
    expect(done).toMatch(/^confirmed by +bob$/m)
    expect(done).toContain(term)
    const shown = (await as('bob', 'journal', 'show', 'fixed', '--limit', '1')).stdout
    expect(shown).toMatch(/ deposited +payout ann: vendor invoice .*\(confirmed by bob\)/)
  })

  it('books cash and begins runs', async () => {
    const { head } = await daemon()
    const before = await json<{ cash: string }>('status', 'fixed')
    const paid = await json<{ cash: string; seq: number; amount: string }>('deposit', 'fixed', '100.50', ...BY)
    expect(paid).toMatchObject({ amount: '100.50', seq: head(FIXED), duplicate: false })
    expect(Number(paid.cash)).toBeCloseTo(Number(before.cash) + 100.5, 6)
    await ends(['payout', 'fixed', '90000000', ...BY], 3, 'CASH_SHORT')
    const begun = await json<{ run: string; trigger: { why: string }; seq: number }>('run', 'fixed', ...BY)
    expect(begun.trigger.why).toBe('j.doe: vendor prices look wrong')
    const { run: shown } = await json<{ run: string }>('run', 'show', 'fixed', begun.run)
    expect(shown).toBe(begun.run)
  })

  it('exits 6 when nothing is reached, 7 when nobody answers, and names the request to repeat', async () => {
    await ends(['ls'], 6, 'NO_RESPONDERS')
    await ends(['pause', 'fixed', ...BY], 6, 'NO_RESPONDERS')
    await ends(['ls', '--nats', 'nats://127.0.0.1:1'], 6, 'NATS_UNREACHABLE')
    const bus = await connected()
    const asked: unknown[] = []
    const silent = bus.serve('ballast.v1.pf.*.pause', (message) => {
      asked.push(JSON.parse(message.body))
      return new Promise(() => undefined)
    })
    await bus.roundTripMs()
    const id = randomUUID()
    const late = await ends(['pause', 'fixed', ...BY, '--request-id', id, '--timeout', '300ms'], 7, 'TIMEOUT')
    expect(errorOf(late)).toMatchObject({ request_id: id })
    expect(errorOf(late).message).toContain(`--request-id ${id}`)
    expect(asked).toMatchObject([{ request_id: id, actor: 'j.doe' }])
    silent()
  })

  it('finds its daemon by context, server or not at all', async () => {
    await ends(['ls', '--context', 'elsewhere'], 64, 'CONTEXT_UNKNOWN')
    await ends(['ls', '--context', 'secret'], 64, 'SECRET_UNREADABLE')
    await ends(['ls', '--nats', 'http://here'], 64, 'USAGE')
    await ends(['ls', '--timeout', '0s'], 64, 'USAGE')
    await ends(['ls', '--context', 'here', '--state', workspace.state], 64, 'USAGE')
    await ends(['pause', 'fixed', ...BY, '--request-id', randomUUID(), '--state', workspace.state], 64, 'USAGE')
    expect((await run('ls', '--state', workspace.state)).stdout).toMatch(/^fixed +paper +active +watching +- /m)
    const wrong = join(tempDir(), 'contexts.yaml')
    writeFileSync(wrong, 'contexts:\n  here: {servers: [here]}\n')
    const bad = await ballast(['ls', '-o', 'json'], { cwd: folder, env: { ...env, BALLAST_CONTEXTS: wrong } })
    expect([bad.code, errorOf(bad).code]).toEqual([64, 'CONFIG_INVALID'])
    expect(errorOf(bad).problems).toMatchObject([{ file: wrong, line: 2, path: 'contexts.here.servers[0]' }])
    const away = await ballast(['ls', '-o', 'json'], {
      cwd: folder,
      env: { ...env, BALLAST_CONTEXTS: join(folder, 'none') },
    })
    expect(away.code).toBe(0)
  })

  it('compares and changes a state directory that nobody owns, all of it at once', async () => {
    const state = join(tempDir(), 'state')
    cpSync(workspace.state, state, { recursive: true })
    const offline = (...args: string[]): Promise<Ended> => run(...args, '--state', state)
    const agreed = await offline('reconcile', 'optimised', '-o', 'json')
    expect([agreed.code, dataOf<{ breaks: unknown[] }>(agreed).breaks]).toEqual([0, []])
    const before = (await offline('status')).stdout
    const dry = await offline('halt', '--all', ...BY, '--dry-run')
    expect([dry.code, dry.stdout.match(/halted/g)?.length]).toEqual([0, 3])
    expect((await offline('status')).stdout).toBe(before)
    expect((await offline('halt', '--all', ...BY)).code).toBe(0)
    expect((await offline('status')).stdout.match(/halted/g)?.length).toBe(3)
  })
})

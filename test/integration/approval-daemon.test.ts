import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { newOperatorKey } from '#adapters/wire/signing.js'
import { withNats } from '../support/nats-server.js'
import { eventually, WireWorld } from '../support/wire-world.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'

const keys = { ann: newOperatorKey(), bob: newOperatorKey(), cat: newOperatorKey() }
type Person = keyof typeof keys

interface Waits {
  readonly state: string
  readonly approval: { readonly run: string; readonly plan: string; readonly approvedBy: readonly string[] } | null
}

withNats('a plan that waits for two people, at processes of their own', () => {
  /** Daemon, gateway and server, with three people at their keyboards; what `alpha` trades takes two of them. */
  const stage = async () => {
    const operators = Object.entries(keys).map(([name, { publicKey }]) => `${name}: ${publicKey}`)
    const world = await WireWorld.open(onTestFinished, {
      system: `control: {operators: {${operators.join(', ')}}}`,
      more: { alpha: 'approval: {turnover: 0.001, approvers: 2, expires_after: 90s}' },
    })
    for (const [name, { privateKey }] of Object.entries(keys)) {
      writeFileSync(join(world.rig.dir, `${name}.key`), privateKey, { mode: 0o600 })
      const lines = ['current: here', `operator: {name: ${name}, key_file: ${name}.key}`]
      const contexts = [...lines, `contexts: {here: {servers: ["${world.rig.nats.url}"]}}`, '']
      writeFileSync(join(world.rig.dir, `${name}.yaml`), contexts.join('\n'))
    }
    const as = (who: Person, ...args: string[]): Promise<Ended> => {
      const env = { BALLAST_CONTEXTS: join(world.rig.dir, `${who}.yaml`), HOME: world.rig.dir }
      return ballast(args, { cwd: world.rig.dir, env })
    }
    const status = async () => dataOf<Waits>(await as('cat', 'status', 'alpha', '-o', 'json'))
    const refused = async (ended: Promise<Ended>, exit: number, code: string): Promise<void> => {
      const found = await ended
      expect([found.code, errorOf(found).code], found.stderr).toEqual([exit, code])
    }
    const waiting = async () => {
      await eventually('the plan of alpha waits', async () => (await status()).approval !== null)
      return (await status()).approval!
    }
    return { world, as, status, refused, waiting }
  }

  it('trades after both, across a kill -9 in between, and not before; its neighbour does not wait', async () => {
    const { world, as, refused, waiting, status } = await stage()
    await world.startGateway()
    await world.startDaemon()
    world.show({})
    const { run, plan } = await waiting()
    await eventually('beta trades meanwhile', () => world.ended('beta') > 0)
    const digits = plan.slice(0, 8)
    const say = (who: Person, verb: string, hash: string, ...more: string[]) =>
      as(who, verb, 'alpha', '--plan', hash, '--reason', 'as agreed', '-o', 'json', ...more)
    const other = `${digits.startsWith('0') ? '1' : '0'}${digits.slice(1)}`
    await refused(say('ann', 'approve', other), 4, 'STALE_PLAN')
    const first = dataOf<{ status: string; requestId: string; seq: number }>(await say('ann', 'approve', digits))
    expect(first).toMatchObject({ status: 'waits', approvedBy: ['ann'], approvers: 2 })
    await refused(say('ann', 'approve', digits), 3, 'SAME_ACTOR')
    expect(world.of('alpha', 'order')).toEqual([])

    world.daemon!.child.kill('SIGKILL')
    await world.daemon!.ended
    await world.startDaemon()
    expect(await waiting()).toMatchObject({ run, plan, approvedBy: ['ann'] })
    const listed = (await as('bob', 'approve')).stdout
    expect(listed).toMatch(new RegExp(`^${plan.slice(0, 12)} +alpha +${run} +ann +2 `, 'm'))
    const again = await say('ann', 'approve', digits, '--request-id', first.requestId)
    expect(dataOf(again)).toMatchObject({ duplicate: true, seq: first.seq })
    world.show({})
    await eventually('the daemon hears prices again', async () => {
      const ended = await say('bob', 'approve', digits)
      if (ended.code !== 0 && errorOf(ended).code !== 'NOT_STARTED')
        expect(errorOf(ended).code).toMatch(/^(HELD_BACK|NOT_READY)$/)
      return ended.code === 0
    })
    await eventually('alpha trades', () => world.of('alpha', 'commit').length > 0)
    expect((await status()).state).toBe('watching')
    const told = (await as('cat', 'explain', run, '-p', 'alpha')).stdout
    expect(told).toMatch(/ann approved it at \S+Z: as agreed\.\n.*bob approved it at \S+Z: as agreed\.$/m)
    expect(world.of('alpha', 'approval').map(({ status: now, actor }) => [now, actor])).toEqual([
      ['waits', undefined],
      ['waits', 'ann'],
      ['approved', 'bob'],
    ])
    await eventually(
      'decisions are counted',
      async () =>
        (await world.metric('ballast_approval_decisions_total', 'decision="approve"', 'portfolio="alpha"')) === 1,
    )
  }, 120_000)

  it('is rejected by one of them, and nothing of it is sent', async () => {
    const { world, as, waiting, status } = await stage()
    await world.startGateway()
    await world.startDaemon()
    world.show({})
    const { plan } = await waiting()
    const pending = await world.metric('ballast_approval_pending_since_timestamp_seconds', 'portfolio="alpha"')
    expect(pending).toBeGreaterThan(Date.now() / 1000 - 120)
    const done = await as('bob', 'reject', 'alpha', '--plan', plan.slice(0, 10), '--reason', 'not today')
    expect(done.stdout).toMatch(/^decision +rejected: its run ends, nothing was traded$/m)
    await eventually('its run has ended', async () => (await status()).state === 'watching')
    expect(world.of('alpha', 'order')).toEqual([])
    expect(world.of('alpha', 'rollback')).toMatchObject([
      { status: 'CANCELLED', outcome: 'rejected by bob: not today' },
    ])
    const after = await world.metric('ballast_approval_pending_since_timestamp_seconds', 'portfolio="alpha"')
    expect(after).toBe(0)
  }, 120_000)
})

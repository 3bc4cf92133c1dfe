import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { headers, type NatsConnection, PermissionViolationError } from 'nats'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ControlVerb, EventTopic } from '#adapters/wire/subjects.js'
import { type GatewayVerb, subjects } from '#adapters/wire/subjects.js'
import { PERMISSIONS } from '#daemon/control/messages.js'
import { ROLES, type Role } from '#daemon/init/role.js'
import { queries } from '#daemon/queries/registry.js'
import { portfolioId } from '#units/ids.js'
import { type RoleSet, roleSet } from '../support/nats-roles.js'
import { type NatsServer, natsMissing, startNatsServer } from '../support/nats-server.js'
import { butInCi, suiteUnless } from '../support/needed.js'
import { suiteTempDir } from '../support/temp-dir.js'

const P = portfolioId('core-us')

/** The keys of a table that names every value of a union: a new verb without a place in it does not compile. */
const keys = <K extends string>(table: Readonly<Record<K, true>>): K[] => Object.keys(table) as K[]

const GATEWAY = keys<GatewayVerb>({
  submit: true,
  cancel: true,
  query: true,
  never: true,
  fence: true,
  restrain: true,
  account: true,
  holdings: true,
  executions: true,
})
const CONTROL = keys<ControlVerb>({
  list: true,
  health: true,
  halt: true,
  kill: true,
  unkill: true,
  approve: true,
  approvals: true,
  reload: true,
})
/** Those that change something, and what waits to. */
const CONTROL_CHANGES: readonly ControlVerb[] = ['halt', 'kill', 'unkill', 'approve', 'approvals', 'reload']
const EVENTS = keys<EventTopic>({
  state: true,
  plan: true,
  approval: true,
  order: true,
  fill: true,
  bust: true,
  commit: true,
  rollback: true,
  alert: true,
  regime: true,
})
/** Questions that are cheap to answer; a plan costs a solve, a comparison asks the gateway. */
const READS = Object.keys(queries).filter((verb) => verb !== 'plan')
const CHANGES = [
  ...Object.keys(PERMISSIONS),
  'plan',
  'run',
  'reconcile',
  'adjust',
  'deposit',
  'payout',
  'approve',
  'reject',
  'invest',
  'withdraw',
  'liquidate',
  'regime-set',
  'regime-clear',
  'drawdown-reset',
]

/** Every subject in use by what it is for, and some that nobody may use. */
const GROUPS = {
  'paper gateway': GATEWAY.filter((verb) => verb !== 'account').map((verb) => subjects.gateway('paper', verb)),
  "paper gateway's account": [subjects.gateway('paper', 'account')],
  'another gateway': GATEWAY.map((verb) => subjects.gateway('alpaca', verb)),
  reports: [subjects.executionReport(P), subjects.bustReport(P), subjects.orderReport(P)],
  'control questions': CONTROL.filter((verb) => !CONTROL_CHANGES.includes(verb)).map(subjects.control),
  'control commands': CONTROL_CHANGES.map(subjects.control),
  'portfolio questions': READS.map((verb) => subjects.portfolio(P, verb)),
  'portfolio commands': CHANGES.map((verb) => subjects.portfolio(P, verb)),
  events: EVENTS.map((topic) => subjects.event(P, topic)),
  prices: [
    ...(['1m', '1d', '1mo'] as const).flatMap((size) => [
      subjects.bar(size, 'SPY'),
      subjects.bar(size, 'BRK.B'),
      subjects.session(size),
    ]),
    subjects.heartbeat,
  ],
  readings: [subjects.regime('us-equities'), subjects.regime('crypto'), subjects.volatility('vix')],
  history: (['1m', '1d', '1mo'] as const).map(subjects.history),
  "the daemon's clock": [subjects.tick('daemon')],
  "the gateway's clock": [subjects.tick('gateway')],
  discovery: ['PING', 'INFO', 'STATS'].flatMap((verb) => [
    `$SRV.${verb}`,
    `$SRV.${verb}.ballast`,
    `$SRV.${verb}.ballast.ABC`,
  ]),
  ...(Object.fromEntries(ROLES.map((role) => [`inbox of ${role}`, [`_INBOX_${role}.ABC.1`]])) as Record<
    `inbox of ${Role}`,
    string[]
  >),
  'nobody’s': [
    '_INBOX.ABC',
    '$SYS.REQ.SERVER.PING',
    '$JS.API.INFO',
    '$JS.API.STREAM.CREATE.EVENTS',
    'ballast.v1.other',
    'signal.v1.regime.us.equities',
    'signal.v1.other',
    'ballast.v2.ctl.list',
    'exec.v1.paper.submit.now',
    'sim.v1.tick.daemon.now',
    'anything',
  ],
}
type Group = keyof typeof GROUPS
const ALL = Object.values(GROUPS).flat()
const of = (groups: readonly Group[]): string[] => groups.flatMap((group) => GROUPS[group]).sort()

/** What each role may say unasked, and what it may listen to. Everything else is denied. */
const TABLE: Readonly<Record<Role, { readonly publish: readonly Group[]; readonly subscribe: readonly Group[] }>> = {
  daemon: {
    publish: ['paper gateway', "paper gateway's account", 'another gateway', 'events', 'history'],
    subscribe: [
      ...(['control questions', 'control commands', 'portfolio questions', 'portfolio commands', 'reports'] as const),
      ...(['prices', 'readings', "the daemon's clock", 'discovery', 'inbox of daemon'] as const),
    ],
  },
  gateway: {
    publish: ['reports', 'history', "paper gateway's account"],
    subscribe: [
      'paper gateway',
      "paper gateway's account",
      'prices',
      "the gateway's clock",
      'discovery',
      'inbox of gateway',
    ],
  },
  operator: {
    publish: ['control questions', 'control commands', 'portfolio questions', 'portfolio commands', 'discovery'],
    subscribe: ['events', 'inbox of operator'],
  },
  'market-data': {
    publish: ['prices', 'readings', "the daemon's clock", "the gateway's clock"],
    subscribe: ['history', 'discovery', 'inbox of market-data'],
  },
  auditor: {
    publish: ['control questions', 'portfolio questions'],
    subscribe: ['events', 'inbox of auditor'],
  },
}

/** The subjects the server refused a connection so far. */
function refusals(nc: NatsConnection): string[] {
  const refused: string[] = []
  void (async () => {
    for await (const status of nc.status())
      if (status.type === 'error' && status.error instanceof PermissionViolationError)
        refused.push(status.error.subject)
  })()
  return refused
}

suiteUnless(butInCi(natsMissing()))('the generated NATS permissions', () => {
  const dir = suiteTempDir()
  let set: RoleSet
  let server: NatsServer
  let all: NatsConnection
  const open: NatsConnection[] = []
  const connectAs = async (role: Role | 'all'): Promise<NatsConnection> => {
    const nc = await set.connectAs(server, role)
    open.push(nc)
    return nc
  }

  beforeAll(async () => {
    mkdirSync(join(dir, 'server'))
    set = roleSet(join(dir, 'set'))
    server = await startNatsServer({ config: set.config, dir: join(dir, 'server') })
    all = await connectAs('all')
  })
  afterAll(async () => {
    await Promise.all(open.map((nc) => nc.close()))
    await server.stop()
  })

  it('know as many subjects as the wire has, each once', () => {
    expect(new Set(ALL).size).toBe(ALL.length)
    expect(ALL.length).toBeGreaterThan(80)
  })

  it.each(ROLES)('let %s say its own subjects and refuse every other', async (role) => {
    const heard: string[] = []
    const everything = all.subscribe('>', { callback: (_, message) => void heard.push(message.subject) })
    await all.flush()
    const nc = await connectAs(role)
    const refused = refusals(nc)
    for (const subject of ALL) nc.publish(subject, 'x')
    await nc.flush()
    await all.flush()
    everything.unsubscribe()
    const { publish } = TABLE[role]
    expect(heard.filter((subject) => ALL.includes(subject)).sort()).toEqual(of(publish))
    const denied = ALL.filter((subject) => !of(publish).includes(subject))
    expect(refused.sort()).toEqual(denied.sort())
  })

  it.each(ROLES)('let %s listen to its own subjects and to no other', async (role) => {
    const nc = await connectAs(role)
    const heard = new Set<string>()
    const refused = new Set<string>()
    for (const subject of ALL)
      nc.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) heard.add(message.subject)
          else if (error instanceof PermissionViolationError) refused.add(error.subject)
        },
      })
    await nc.flush()
    for (const subject of ALL) all.publish(subject, 'x')
    await all.flush()
    await nc.flush()
    const { subscribe } = TABLE[role]
    expect([...heard].sort()).toEqual(of(subscribe))
    expect([...refused].sort()).toEqual(ALL.filter((subject) => !of(subscribe).includes(subject)).sort())
  })

  it.each(ROLES)(
    'let %s ask whom it may publish to and hear the answer, and nobody else',
    async (role) => {
      const server = all.subscribe('>', { callback: (_, message) => void (message.reply && message.respond('yes')) })
      await all.flush()
      const nc = await connectAs(role)
      const answered: string[] = []
      for (const subject of ALL)
        await nc.request(subject, 'x', { timeout: 5_000 }).then(
          () => answered.push(subject),
          (error: unknown) => expect(error, subject).toBeInstanceOf(Error),
        )
      server.unsubscribe()
      expect(answered.sort()).toEqual(of(TABLE[role].publish))
    },
    120_000,
  )

  it.each(ROLES)('give %s no wildcard that hears more', async (role) => {
    const nc = await connectAs(role)
    const wildcards = ['>', '*', '_INBOX.>', '_INBOX_*.>', 'ballast.>', 'ballast.v1.>', 'exec.>', 'sim.>', '$SYS.>']
    const others = ROLES.filter((other) => other !== role).map((other) => `_INBOX_${other}.>`)
    const refused: string[] = []
    const subs = [...wildcards, ...others].map((subject) =>
      nc.subscribe(subject, {
        callback: (error) => {
          if (error instanceof PermissionViolationError) refused.push(error.subject)
        },
      }),
    )
    await nc.flush()
    expect(refused.sort()).toEqual(subs.map((sub) => sub.getSubject()).sort())
  })

  it.each(['daemon', 'gateway'] as const)(
    'let %s hear all prices and none of the questions about them',
    async (role) => {
      const nc = await connectAs(role)
      const heard: string[] = []
      nc.subscribe('md.v1.>', { callback: (error, message) => void (error === null && heard.push(message.subject)) })
      await nc.flush()
      for (const subject of of(['prices', 'history'])) all.publish(subject, 'x')
      await all.flush()
      await nc.flush()
      expect(heard.sort()).toEqual(of(['prices']))
    },
  )

  it.each([
    ['daemon', subjects.portfolio(P, 'status')],
    ['daemon', subjects.executionReport(P)],
    ['daemon', subjects.tick('daemon')],
    ['daemon', '$SRV.PING'],
    ['gateway', subjects.gateway('paper', 'submit')],
    ['gateway', subjects.tick('gateway')],
    ['market-data', subjects.history('1d')],
  ] as const)('let %s answer %s once, whoever asked, and say nothing else there', async (role, subject) => {
    const nc = await connectAs(role)
    const refused = refusals(nc)
    nc.subscribe(subject, {
      queue: 'q',
      callback: (error, message) => {
        if (error !== null) return
        message.respond('first')
        message.respond('second')
      },
    })
    await nc.flush()
    const inbox = '_INBOX_operator.one'
    const heard: string[] = []
    all.subscribe(inbox, { callback: (_, message) => void heard.push(message.string()) })
    all.publish(subject, 'x', { reply: inbox })
    await all.flush()
    await nc.flush()
    nc.publish(inbox, 'unasked')
    await nc.flush()
    await all.flush()
    expect(heard).toEqual(['first'])
    await expect.poll(() => refused, { timeout: 5_000 }).toEqual([inbox, inbox])
  })

  it.each(['operator', 'auditor'] as const)('let %s answer nothing at all', async (role) => {
    const nc = await connectAs(role)
    const refused = refusals(nc)
    const topic = subjects.event(P, 'state')
    nc.subscribe(topic, { callback: (error, message) => void (error === null && message.respond('no')) })
    await nc.flush()
    all.publish(topic, 'x', { reply: '_INBOX_daemon.one' })
    await all.flush()
    await nc.flush()
    await nc.flush()
    await expect.poll(() => refused, { timeout: 5_000 }).toEqual(['_INBOX_daemon.one'])
  })

  it('know nobody without a key of the set', async () => {
    const stranger = roleSet(join(dir, 'other'))
    await expect(stranger.connectAs(server, 'operator')).rejects.toThrow(/authorization/i)
  })

  it('let 64 KiB of body with its headers through, and nothing beyond the room for those', async () => {
    const nc = await connectAs('operator')
    expect(nc.info?.max_payload).toBe(68 * 1024)
    const asked = headers()
    asked.set('Ballast-Actor', 'x'.repeat(1_000))
    const subject = subjects.control('list')
    const heard = new Promise<number>((resolve) => {
      all.subscribe(subject, { max: 1, callback: (_, message) => resolve(message.data.length) })
    })
    await all.flush()
    nc.publish(subject, 'x'.repeat(64 * 1024), { headers: asked })
    expect(await heard).toBe(64 * 1024)
    expect(() => nc.publish(subject, 'x'.repeat(68 * 1024 + 1))).toThrow(/payload/i)
  })
})

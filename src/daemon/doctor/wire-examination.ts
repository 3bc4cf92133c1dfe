import type { PortfolioPolicy } from '#domain/policy.js'
import type { NatsSettings } from '../config/nats-schema.js'
import type { SystemSettings } from '../config/system-schema.js'
import { type Check, type Finding, skip, skipAfter } from './check.js'
import { asFault, type Connection, connect, readAccounts, readDaemon, readFeed, readServers } from './read-wire.js'
import type { LockReading } from './state.js'
import {
  type AccountReading,
  judgeDaemon,
  judgeFeed,
  judgeGateway,
  judgeLogin,
  judgeRefusal,
  judgeServers,
  judgeSkew,
} from './wire.js'

/** A heartbeat comes every second. */
const HEAR_MS = 2_000

/** What is examined over NATS. */
export interface WireExamination {
  readonly nats: NatsSettings
  /** Asks the daemon when `nats` may not; null when there is none. */
  readonly operator: NatsSettings | null
  /** Enabled portfolios; null when their files are refused. */
  readonly policies: readonly PortfolioPolicy[] | null
  readonly feed: SystemSettings['feed'] | null
  /** Null when it is not known. */
  readonly lock: LockReading | null
  readonly timeoutMs: number
}

/** Checks servers, login, gateways, feed and daemon. */
export async function examineNats(wire: WireExamination): Promise<readonly Check[]> {
  const servers: Check = { name: 'nats server', ...judgeServers(await readServers(wire.nats)) }
  if (servers.status === 'FAIL')
    return [
      servers,
      { name: 'nats login', ...skipAfter(servers.name) },
      ...behind(wire.policies, skipAfter(servers.name)),
    ]
  try {
    const connection = await connect(wire.nats)
    try {
      const login: Check = { name: 'nats login', ...judgeLogin(connection.login) }
      if (login.status === 'FAIL') return [servers, login, ...behind(wire.policies, skipAfter(login.name))]
      return [servers, login, ...(await examineBehind(connection, wire))]
    } finally {
      await connection.bus.close()
    }
  } catch (error) {
    const login: Check = { name: 'nats login', ...judgeRefusal(asFault(error)) }
    return [servers, login, ...behind(wire.policies, skipAfter(login.name))]
  }
}

/** The same checks, all of them with one finding. */
export const withoutNats = (policies: WireExamination['policies'], finding: Finding): readonly Check[] => [
  { name: 'nats server', ...finding },
  { name: 'nats login', ...finding },
  ...behind(policies, finding),
]

/** The checks that need a connection. */
const behind = (policies: WireExamination['policies'], finding: Finding): readonly Check[] => [
  ...gatewaysOf(policies).flatMap(([gateway]) => gatewayChecks(gateway, finding, finding)),
  { name: 'feed', ...finding },
  { name: 'daemon', ...finding },
]

const gatewayChecks = (gateway: string, answers: Finding, clock: Finding): readonly Check[] => [
  { name: gateway === '' ? 'gateways' : `gateway ${gateway}`, ...answers },
  ...(gateway === '' ? [] : [{ name: `clock of ${gateway}`, ...clock }]),
]

/** Portfolios by their gateway; one gateway without a name when the portfolios are not known. */
function gatewaysOf(policies: WireExamination['policies']): readonly (readonly [string, readonly PortfolioPolicy[]])[] {
  if (policies === null) return [['', []]]
  const names = [...new Set(policies.map(({ gateway }) => gateway))].sort()
  return names.map((name) => [name, policies.filter(({ gateway }) => gateway === name)])
}

async function examineBehind(connection: Connection, wire: WireExamination): Promise<readonly Check[]> {
  const [gateways, feed, daemon] = await Promise.all([
    Promise.all(gatewaysOf(wire.policies).map(([name, policies]) => examineGateway(connection, wire, name, policies))),
    examineFeed(connection, wire),
    examineDaemon(connection, wire),
  ])
  return [...gateways.flat(), { name: 'feed', ...feed }, { name: 'daemon', ...daemon }]
}

async function examineGateway(
  connection: Connection,
  { feed, timeoutMs }: WireExamination,
  gateway: string,
  policies: readonly PortfolioPolicy[],
): Promise<readonly Check[]> {
  if (gateway === '') return gatewayChecks(gateway, skipAfter('configuration'), skipAfter('configuration'))
  const readings = await readAccounts(connection, policies, timeoutMs)
  const answers = judgeGateway(gateway, readings)
  return gatewayChecks(gateway, answers, clockOf(gateway, readings, answers, feed?.clock === 'simulated'))
}

function clockOf(
  gateway: string,
  readings: readonly AccountReading[],
  { status }: Finding,
  simulated: boolean,
): Finding {
  const skews = readings.flatMap(({ answer }) => ('skewMs' in answer ? [answer.skewMs] : []))
  if (simulated) return skip('feed.clock is simulated: the feed moves the time')
  if (skews.length > 0) return judgeSkew(Math.max(...skews))
  return status === 'skip' ? skip(`gateway ${gateway} was not asked`) : skipAfter(`gateway ${gateway}`)
}

async function examineFeed(connection: Connection, { feed }: WireExamination): Promise<Finding> {
  if (feed === null) return skipAfter('configuration')
  if (feed.type !== 'bus') return skip('prices are read from a file')
  return judgeFeed(await readFeed(connection, feed.bar_size, HEAR_MS))
}

async function examineDaemon(connection: Connection, wire: WireExamination): Promise<Finding> {
  const { lock, operator, timeoutMs } = wire
  const reading = await readDaemon(connection, timeoutMs)
  if (reading.kind !== 'denied' || operator === null) return judgeDaemon(reading, lock)
  try {
    const other = await connect(operator)
    try {
      return judgeDaemon(await readDaemon(other, timeoutMs), lock)
    } finally {
      await other.bus.close()
    }
  } catch {
    return judgeDaemon(reading, lock)
  }
}

import { expect, it, onTestFinished } from 'vitest'
import { type NatsBus, natsBus } from '#adapters/bus/nats.js'
import { systemClock } from '#adapters/clock/system.js'
import { readPriceCsv } from '#adapters/feed/csv.js'
import { packageRoot } from '#daemon/package-root.js'
import type { BarSize } from '#domain/market.js'
import type { SessionBars } from '#ports/market-feed.js'
import { type BallastProcess, startBallast } from '../support/ballast-process.js'
import { type NatsServer, startNatsServer, withNats } from '../support/nats-server.js'
import { eventually, type Heard, listenerOn, publisherOn, sessionsOf } from '../unit/adapters/feed/wire.js'

const STOCKS = `${packageRoot}/node_modules/vega-datasets/data/stocks.csv`
const stocks = readPriceCsv(STOCKS)

async function server(): Promise<NatsServer> {
  const nats = await startNatsServer()
  onTestFinished(() => nats.stop())
  return nats
}

async function connect(nats: NatsServer, name: string): Promise<NatsBus> {
  const bus = await natsBus({ servers: [nats.url], name }, 'once')
  onTestFinished(() => bus.close())
  return bus
}

async function listen(nats: NatsServer, barSize: BarSize = '1mo'): Promise<Heard> {
  return listenerOn(await connect(nats, 'listener'), { barSize, clock: systemClock() })
}

async function replay(nats: NatsServer, ...options: string[]): Promise<BallastProcess> {
  const feed = startBallast(['feed', 'replay', '--prices', STOCKS, '--nats', nats.url, ...options])
  onTestFinished(() => void feed.child.kill('SIGKILL'))
  await feed.said('"publishing"')
  return feed
}

/** Without the times: a replay stamps what it publishes. */
const prices = (sessions: readonly SessionBars[]) => sessions.map(({ session, closes }) => ({ session, closes }))

withNats('market data over NATS', () => {
  it('reaches a listener that is there, one that comes late and one that starts again, 300 instruments wide', async () => {
    const nats = await server()
    const sessions = sessionsOf(160, 300)
    const publisher = publisherOn(await connect(nats, 'feed'))
    const first = await listen(nats, '1d')
    let late: Heard | undefined
    let again: Heard | undefined
    for (const [index, bars] of sessions.entries()) {
      publisher.publish(bars, index + 1)
      if (index === 60) late = await listen(nats, '1d')
      if (index === 100) {
        late!.close()
        again = await listen(nats, '1d')
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    for (const heard of [first, again!]) {
      await heard.catchUp(160)
      expect(heard.sessions).toEqual(sessions)
    }
    expect(late!.sessions).toEqual(sessions.slice(0, late!.sessions.length))
  })

  it('loses no session when nats-server is killed in the middle and comes back', async () => {
    const nats = await server()
    const sessions = sessionsOf(60)
    const bus = await connect(nats, 'feed')
    const publisher = publisherOn(bus)
    const heard = await listen(nats, '1d')
    const out = (upTo: number): void => {
      while (publisher.latest() < upTo) publisher.publish(sessions[publisher.latest()]!, publisher.latest() + 1)
    }
    out(20)
    await heard.catchUp(20)
    await nats.kill()
    await eventually(() => bus.state() === 'disconnected')
    out(40)
    expect(heard.sessions).toHaveLength(20)
    await nats.restart()
    await heard.catchUp(40)
    out(60)
    await heard.catchUp(60)
    expect(heard.sessions).toEqual(sessions)
  })
})

withNats('ballast feed replay', () => {
  it('publishes the prices of a file with the present time, and answers for them until SIGTERM', async () => {
    const nats = await server()
    const before = Date.now()
    const feed = await replay(nats, '--speed', '0')
    await feed.said('feed ended')
    const heard = await listen(nats)
    await heard.catchUp(stocks.sessions.length)
    expect(prices(heard.sessions)).toEqual(prices(stocks.sessions))
    for (const { at } of heard.sessions) expect(at).toBeGreaterThanOrEqual(before)
    const last = heard.lastHeardAt()!
    await eventually(() => heard.lastHeardAt()! > last) // its heart goes on beating
    feed.child.kill('SIGTERM')
    expect(await feed.ended).toBe(0)
    for (const line of feed.output().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level')
  })

  it('publishes from --start on, and gives what lies before with the times of the file', async () => {
    const nats = await server()
    const feed = await replay(
      nats,
      '--start',
      '2009-01-01',
      '--to',
      '2009-06-30',
      '--symbols',
      'AAPL,MSFT',
      '--speed',
      '50',
    )
    const heard = await listen(nats)
    const from = stocks.sessions.findIndex(({ session }) => session >= '2009-01-01')
    await heard.catchUp(from + 6)
    await feed.said('feed ended')
    expect(heard.sessions.map(({ session }) => session)).toEqual(
      stocks.sessions.slice(0, from + 6).map(({ session }) => session),
    )
    expect(heard.sessions.slice(0, from).map(({ at }) => at)).toEqual(
      stocks.sessions.slice(0, from).map(({ at }) => at),
    )
    expect(heard.sessions[from]!.at).toBeGreaterThan(stocks.sessions[from]!.at)
    expect(Object.keys(heard.sessions.at(-1)!.closes)).toEqual(['AAPL', 'MSFT'])
  })

  it('is killed, starts again and loses its server, and every session arrives once and in order', async () => {
    const nats = await server()
    const first = await replay(nats, '--speed', '200')
    const heard = await listen(nats)
    await heard.catchUp(30)
    first.child.kill('SIGKILL')
    await first.ended
    const second = await replay(nats, '--speed', '50')
    await eventually(() => heard.sessions.length > 60)
    await nats.kill()
    await second.said('NATS: connection lost')
    await nats.restart()
    await second.said('feed ended')
    await heard.catchUp(stocks.sessions.length)
    expect(prices(heard.sessions)).toEqual(prices(stocks.sessions))
  })

  it('ends after the last session with --once', async () => {
    const nats = await server()
    const heard = await listen(nats)
    const feed = await replay(nats, '--from', '2009-01-01', '--speed', '10', '--once')
    expect(await feed.ended).toBe(0)
    const wanted = stocks.sessions.filter(({ session }) => session >= '2009-01-01')
    await heard.catchUp(wanted.length)
    expect(prices(heard.sessions)).toEqual(prices(wanted))
  })

  it.each([
    ['no prices', ['feed', 'replay'], 64],
    ['a file that is not there', ['feed', 'replay', '--prices', 'nowhere.csv'], 64],
    ['a start after the end', ['feed', 'replay', '--prices', STOCKS, '--start', '2031-01-01'], 64],
    ['a server address that is none', ['feed', 'replay', '--prices', STOCKS, '--nats', 'localhost'], 64],
    ['a server that is not there', ['feed', 'replay', '--prices', STOCKS, '--nats', 'nats://127.0.0.1:9'], 6],
  ])('ends with a sentence on %s', async (_, args, code) => {
    const feed = startBallast(args)
    expect(await feed.ended).toBe(code)
    expect(feed.output()).toMatch(/^ballast: /m)
  })
})

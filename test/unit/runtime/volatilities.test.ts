import { describe, expect, it } from 'vitest'
import { VOLATILITY_TERMS } from '#domain/volatility/multiplier.js'
import type { VolatilityReading } from '#domain/volatility/standing.js'
import { type Log, silentLog } from '#ports/log.js'
import { Volatilities } from '#runtime/volatilities.js'
import { Fault } from '#units/fault.js'
import { later } from '#units/time.js'
import { START } from '../../machine/fixtures.js'
import { suiteTempDir } from '../../support/temp-dir.js'
import { CORE, created, OTHER, openHost } from './fixtures.js'

const from = (file: string) => ({ volatility: { ...VOLATILITY_TERMS, from: { source: 'file', file } as const } })

describe('volatility from files', () => {
  const dir = suiteTempDir()
  let count = 0
  const opened = async (volatility: (file: string) => readonly VolatilityReading[], log: Log = silentLog) => {
    count += 1
    const hosted = openHost(`${dir}/${count}`)
    for (const id of [CORE, OTHER]) await hosted.host.deliver(id, created(id, from('vix.csv')), 'config')
    const levelOf = (id: typeof CORE) => hosted.host.snapshot(id)?.context.volatility?.level
    return { ...hosted, levelOf, volatilities: new Volatilities({ ...hosted, log, volatility }) }
  }

  it('is asked for once a look, however many portfolios go by the same file', async () => {
    const asked: string[] = []
    const { volatilities, levelOf, host, journal } = await opened((file) => {
      asked.push(file)
      return [30, 25, 60].map((level, at) => ({ level, at: later(START, at * 3_600_000 - 3_600_000) }))
    })
    await volatilities.look([CORE, OTHER])
    expect(asked).toEqual(['vix.csv'])
    expect([levelOf(CORE), levelOf(OTHER)]).toEqual([25, 25])
    await volatilities.look([CORE, OTHER])
    expect(asked).toHaveLength(2)
    await host.stop()
    await journal.close()
  })

  it('that cannot be read is said once for each reason, until it can', async () => {
    const said: object[] = []
    const log: Log = { ...silentLog, warn: (fields: object) => said.push(fields) }
    let why: string | null = 'line 2'
    const { volatilities, levelOf, host, journal } = await opened(() => {
      if (why !== null) throw new Fault('CSV_FORMAT', why, 'never')
      return [{ level: 30, at: START }]
    }, log)
    for (const next of ['line 2', 'line 2', 'line 3', null, 'line 3']) {
      why = next
      await volatilities.look([CORE, OTHER])
    }
    expect(said).toEqual(['line 2', 'line 3', 'line 3'].map((line) => ({ file: 'vix.csv', error: `Fault: ${line}` })))
    expect(levelOf(CORE)).toBe(30)
    await host.stop()
    await journal.close()
  })
})

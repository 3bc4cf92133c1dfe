import { describe, expect, it } from 'vitest'
import { portfolioOf, subjects } from '#adapters/wire/subjects.js'
import { portfolioId } from '#units/ids.js'

const CORE = portfolioId('core-us')

describe('a subject', () => {
  it('names its portfolio where it is about one', () => {
    const { portfolio, event, executionReport, orderReport, bustReport } = subjects
    const about = [
      portfolio(CORE, 'halt'),
      event(CORE, 'commit'),
      executionReport(CORE),
      orderReport(CORE),
      bustReport(CORE),
    ]
    expect(about.map(portfolioOf)).toEqual(about.map(() => CORE))
  })

  it('names none where it is about the daemon, a gateway or prices', () => {
    const others = [
      subjects.control('unkill'),
      subjects.gateway('paper', 'submit'),
      subjects.bar('1d', 'A.B'),
      subjects.heartbeat,
    ]
    expect(others.map(portfolioOf)).toEqual(others.map(() => ''))
  })
})

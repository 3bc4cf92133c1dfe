import { describe, expect, it } from 'vitest'
import { differenceOf } from '#domain/shadow/difference.js'
import { summaryOf } from '#domain/shadow/summary.js'
import { targetsOf } from '../../../support/books.js'
import { recordOf, side } from './records.js'

describe('a summary of shadow runs', () => {
  it('has means over the runs that were compared, and counts the others', () => {
    const [live, shadow] = [
      side({ turnover: 0.2, cost: '10.00', targets: targetsOf({ AAA: 0.5 }) }),
      side({ turnover: 0.1, cost: '4.01', targets: targetsOf({ AAA: 0.4 }) }),
    ]
    const summary = summaryOf([
      recordOf(1, { outcome: 'differs', live, shadow, difference: differenceOf(live, shadow) }),
      recordOf(2, { live: side({ turnover: 0.4 }), shadow: side({ turnover: 0.4 }) }),
      recordOf(3, { outcome: 'failed', error: 'x', live: side({ turnover: 0.9 }), shadow: side() }),
      recordOf(4, { outcome: 'dropped', error: 'x', live: side({ turnover: 0.9 }), shadow: null }),
    ])
    expect(summary).toMatchObject({ candidate: 'aaaa', compared: 2, others: 0 })
    expect(summary.runs).toEqual({ same: 1, differs: 1, failed: 1, dropped: 1 })
    expect(summary.live).toEqual({ turnover: expect.closeTo(0.3, 12), cost: '5.00' })
    expect(summary.shadow).toEqual({ turnover: 0.25, cost: '2.01' })
    expect(summary.distance).toBeCloseTo(0.1, 12)
  })

  it('is of the newest candidate alone, and of nothing where there is nothing', () => {
    const old = recordOf(1, { candidate: 'bbbb', live: side({ turnover: 0.9 }), shadow: side() })
    const summary = summaryOf([old, recordOf(2)])
    expect([summary.candidate, summary.compared, summary.others, summary.live?.turnover]).toEqual(['aaaa', 1, 1, 0])
    expect(summaryOf([])).toMatchObject({ candidate: null, compared: 0, live: null, shadow: null, distance: null })
  })
})

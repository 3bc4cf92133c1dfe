import { expect, it } from 'vitest'
import { announcements } from '#daemon/announcements.js'
import { measuring } from '#daemon/measure.js'
import type { PortfolioFact } from '#domain/portfolio/event.js'
import { type Labels, noMetrics } from '#ports/metrics.js'
import { Actor } from '#runtime/actor.js'
import { incarnation } from '#units/ids.js'
import { money, quantity } from '#units/money.js'
import { addDays, later } from '#units/time.js'
import { policy, SESSION, START, viewAt } from '../../machine/fixtures.js'
import { executionOf } from '../runtime/fixtures.js'

const DAY = 86_400_000

it('announces a limit that the market has broken when it is seen, and when its time is over, and measures it all along', () => {
  const own = policy({ governance: [{ name: 'position-limit', params: { max: 0.4 } }] })
  const actor = new Actor(own.id)
  const shown = new Map<string, number>()
  const counted: string[] = []
  const measure = measuring({
    ...noMetrics,
    count: (name: string, _labels: Labels = {}, by = 1) => void (by > 0 && counted.push(name)),
    gauge: (name: string, value: number) => void shown.set(name, value),
  })
  const tell = (fact: PortfolioFact, day = 0) => {
    const staged = actor.stage(fact, later(START, day * DAY), 'test', { answers: [], inbox: null })
    measure(staged)
    return announcements(staged).filter(({ body }) => 'breach' in body)
  }
  const marked = (day: number, AAA: string) =>
    tell({ type: 'marked', view: { ...viewAt(later(START, day * DAY), { AAA }), session: addDays(SESSION, day) } }, day)
  const gauges = () => [shown.get('ballast_passive_breaches'), shown.get('ballast_breaches_overdue')]
  tell({ type: 'created', policy: own, incarnation: incarnation('announced') })
  tell({ type: 'opened', epoch: 1 })
  tell({ type: 'reconciled', decision: 'resume', reason: 'agrees' })
  tell({ type: 'deposited', amount: money('100000'), view: viewAt(START) })
  tell({ type: 'filled', execution: executionOf('first', { quantity: quantity('400') }) })
  expect([marked(0, '100'), gauges()]).toEqual([[], [0, 0]])
  const [first] = marked(1, '130')
  expect(first).toMatchObject({
    topic: 'alert',
    body: { breach: 'position-limit', what: 'AAA', max: 0.4, since: '2024-01-03', sessions: 0 },
  })
  for (let day = 2; day < 6; day += 1) expect(marked(day, '130')).toEqual([])
  expect(gauges()).toEqual([1, 0])
  expect(marked(6, '130')).toMatchObject([{ body: { sessions: 5, reason: expect.stringContaining('overdue') } }])
  expect(gauges()).toEqual([1, 1])
  expect(marked(7, '130')).toEqual([])
  expect([marked(8, '100'), gauges()]).toEqual([[], [0, 0]])
  expect(counted).not.toContain('ballast_active_breaches_total')
})

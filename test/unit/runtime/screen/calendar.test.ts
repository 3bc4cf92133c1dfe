import { describe, expect, it } from 'vitest'
import { due } from '#domain/trigger.js'
import { Screen } from '#runtime/screen/screen.js'
import { portfolioId } from '#units/ids.js'
import { instant, sessionDate } from '#units/time.js'
import { monthly } from '../../domain/calendar/calendars.js'
import { market, portfolio } from '../../domain/trigger/fixtures.js'

const CORE = portfolioId('core')
/** Monday 2 November 2026 in New York, its clocks set back on the day before. */
const viewAt = (time: string) => {
  const at = instant(Date.parse(`2026-11-02T${time}Z`))
  return { ...market({}, at, sessionDate('2026-11-02')), barSize: '1m' as const }
}

describe('the screen of a pulse and a calendar on minute bars', () => {
  it('asks again when the time of the calendar begins and when it ends, though no price has changed', () => {
    const screen = new Screen()
    const state = portfolio({ memory: { calendarPeriod: '2026-10' }, triggers: { calendar: monthly(2), drift: null } })
    const answers = ['14:30:00', '14:59:59.999', '15:00:00', '20:45:00', '20:45:00.001', '20:50:00'].map((time) => {
      const view = viewAt(time)
      screen.look(view)
      const known = screen.known(CORE, state)
      const truth = due(state, view)
      if (known === null) screen.learn(CORE, state, truth)
      else expect(known, time).toEqual(truth)
      return truth.trigger?.kind ?? null
    })
    expect(answers).toEqual([null, null, 'calendar', 'calendar', null, null])
  })

  it('forgets an answer of a time that is over: what held the calendar back is not said after its window', () => {
    const screen = new Screen()
    const memory = { calendarPeriod: '2026-10', cooldownUntil: sessionDate('2026-12-01') }
    const state = portfolio({ memory, triggers: { calendar: monthly(2), drift: null } })
    const codes = ['14:59:59', '15:00:00', '18:00:00', '20:45:00.001'].map((time) => {
      const view = viewAt(time)
      screen.look(view)
      const known = screen.known(CORE, state)
      const truth = due(state, view)
      if (known === null) screen.learn(CORE, state, truth)
      else expect(known, time).toEqual(truth)
      return truth.blocked.map(({ code }) => code)
    })
    expect(codes).toEqual([[], ['cooldown'], ['cooldown'], []])
  })
})

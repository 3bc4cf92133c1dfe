import { describe, expect, it } from 'vitest'
import { isComplete } from '#domain/order.js'
import { intake } from '#runtime/intake.js'
import { money, noMoney, noQuantity, quantity } from '#units/money.js'
import { START } from '../../machine/fixtures.js'
import { CORE, executionOf } from './fixtures.js'
import { trading } from './trading.js'

describe('an end that is told after a taking-back and was so before it', () => {
  it.each(['a comparison', 'a take-over'])(
    'leaves no run waiting for ever: %s hears that all is booked',
    async (by) => {
      const world = await trading()
      const { bent, order, state, journal } = world
      await world.pulse()
      const { id, body } = order()
      const sink = intake(world.engine().host, journal)
      const execution = executionOf('part', { orderId: id, instrument: body.instrument, quantity: quantity('3') })
      const bust = { executionId: execution.id, orderId: id, reason: 'erroneous', at: START }
      const ended = { orderId: id, status: 'cancelled', reason: 'closing time', at: START } as const
      await sink.execution(CORE, execution)
      await sink.bust(CORE, bust)
      await sink.order(CORE, { ...ended, cumulative: quantity('3') })
      expect(isComplete(order())).toBe(false)
      bent.query = async () => ({ kind: 'known', report: { ...ended, cumulative: noQuantity } })
      bent.executions = async () => [{ mark: '1', execution, bust }]
      bent.holdings = async () => ({ asOf: '1', positions: {}, fees: money('0'), cash: noMoney })
      if (by === 'a take-over') await world.restart()
      else await world.reconcile()
      await world.rest()
      expect([isComplete(order()), state().value.lifecycle]).toEqual([true, 'watching'])
      expect(state().value.permission).toBe('active')
    },
  )
})

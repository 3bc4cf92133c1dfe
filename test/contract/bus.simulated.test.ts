import { Chance } from '../simulation/chance.js'
import { LifeClock } from '../simulation/clock.js'
import { Life } from '../simulation/life.js'
import { Net } from '../simulation/net.js'
import { Timeline } from '../simulation/timeline.js'
import { busContract } from './bus.js'

/** One process's connection to a network in fair weather; its time goes on by itself until it is closed. */
function simulatedBus() {
  const timeline = new Timeline(0)
  const life = new Life('test', 1)
  const bus = new Net(timeline, new Chance(1, 'net')).end(life, new LifeClock(timeline, life))
  let closed = false
  const pump = async (): Promise<void> => {
    await timeline.step()
    if (!closed || timeline.next !== null) setImmediate(() => void pump())
  }
  bus.onState((state) => {
    closed = state === 'closed'
  })
  void pump()
  return bus
}

busContract('the simulated network', simulatedBus)

// How time grows with scenarios and with assets: short runs of their own, for the chart.

import { instanceOf } from './instances.mjs'
import { compete } from './rounds.mjs'

const ROUNDS = 3
/** Returns up to which HiGHS takes part in the growth runs. */
const PEER_RETURNS = 3e6

const BY_SCENARIOS = [1000, 3000, 10_000, 30_000, 100_000].map((scenarios) => ({ assets: 100, scenarios }))
const BY_ASSETS = [20, 50, 100, 200, 500].map((assets) => ({ assets, scenarios: 10_000 }))

/** Medians of every contestant at 100 assets by scenarios, and at 10,000 scenarios by assets. */
export async function growth(contestantsOf, folder, tell) {
  const measured = async (shapes, axis) => {
    const points = []
    for (const shape of shapes) {
      const peers = shape.assets * shape.scenarios <= PEER_RETURNS ? ['dual', 'dual-plain'] : []
      const instance = instanceOf(
        { ...shape, id: `growth-${shape.assets}x${shape.scenarios}`, peers, rival: 'to' },
        folder,
      )
      const records = await compete(contestantsOf(instance), instance, ROUNDS, tell)
      for (const { name, median } of records)
        if (median !== undefined) points.push({ contestant: name, at: shape[axis], seconds: median })
    }
    return points
  }
  return { byScenarios: await measured(BY_SCENARIOS, 'scenarios'), byAssets: await measured(BY_ASSETS, 'assets') }
}

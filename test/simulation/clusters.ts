import type { Chosen } from '#domain/policy.js'
import type { Run } from '#domain/run.js'
import type { InstrumentId, PortfolioId } from '#units/ids.js'
import { Chance } from './chance.js'
import { tradedOf } from './rules.js'

/** What prices may move between the plan and the last wave of buys, and costs take, relative. */
const MOVED = 1.25

/** The limit on names that move together, for one portfolio in four. Walks of a few sessions look more alike than they are. */
export function clusterRule(seed: number, id: PortfolioId): readonly Chosen[] {
  const chance = new Chance(seed, `clusters ${id}`)
  if (!chance.is(0.25)) return []
  const max = chance.pick([0.5, 0.7])
  return [{ name: 'correlation-cluster', params: { max, correlation: 0.3, window: 8, maxAge: 5 } }]
}

interface Read {
  readonly asOf: number
  readonly clusters: readonly (readonly InstrumentId[])[]
}

/**
 * What a run did against the limit on clusters, counted from its orders by the clusters in its portfolio's state at its end:
 * names bought beyond it, a name bought of which nothing is known. Nothing can be said where others were read after the run had begun.
 */
export function againstClusters(run: Run, state: string): readonly string[] {
  const max = /"name":"correlation-cluster","params":\{[^{}]*"max":([\d.]+)/.exec(state)?.[1]
  // What was taken back is in the book again without anybody's doing.
  if (max === undefined || state.includes('"corrections"')) return []
  const text = /"readings":\{"clusters":(\{"asOf":\d+,"clusters":\[[^{}]*\],"least":[\d.]+\})\}/.exec(state)?.[1]
  const read = text === undefined ? null : (JSON.parse(text) as Read)
  const names = Object.values(run.orders).map(({ body }) => body.instrument)
  const opened = [...new Set(names)].filter((id) => tradedOf(run, id, 'buy') > 0 && (run.before.weights[id] ?? 0) >= 0)
  if (read === null) return opened.map((id) => `${run.id} buys ${id} before anything is known of its cluster`)
  const unknown = opened.filter((id) => !read.clusters.some((members) => members.includes(id)))
  const beyond = read.clusters.flatMap((members) => {
    const bought = members.reduce((sum, id) => sum + tradedOf(run, id, 'buy'), 0)
    const heldAfter = (id: InstrumentId): number =>
      (run.before.weights[id] ?? 0) - tradedOf(run, id, 'sell') + tradedOf(run, id, 'buy')
    const after = members.reduce((sum, id) => sum + Math.max(0, heldAfter(id)), 0)
    const limit = Number(max) * MOVED
    return bought === 0 || after <= limit ? [] : [`${run.id} has ${after} of equity in ${members}, its limit is ${max}`]
  })
  return [...beyond, ...unknown.map((id) => `${run.id} buys ${id}, of which nothing is known`)]
}

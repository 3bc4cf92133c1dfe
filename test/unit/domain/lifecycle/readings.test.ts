import { describe, expect, it } from 'vitest'
import type { ClusterReading, RuleReadings, ScenarioReading } from '#domain/governance/readings.js'
import { underPolicy } from '#domain/lifecycle/readings.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { PortfolioState } from '#domain/portfolio/state.js'
import { instrumentId } from '#units/ids.js'
import { policy, START } from '../../../machine/fixtures.js'
import { World } from '../../../machine/world.js'

const names = [instrumentId('AAA'), instrumentId('BBB')]
const clusters: ClusterReading = { asOf: START, least: 0.7, clusters: [names] }
const scenarios: ScenarioReading = { asOf: START, names, rows: 0, returns: '' }
const readings: RuleReadings = { clusters, scenarios }
const rules = (cluster: object | null, cvar: object | null): PortfolioPolicy =>
  policy({
    governance: [
      ...(cluster === null ? [] : [{ name: 'correlation-cluster', params: { ...cluster } }]),
      ...(cvar === null ? [] : [{ name: 'cvar-limit', params: { ...cvar } }]),
    ],
  })

/** What is left of both readings under another policy. */
const left = (before: PortfolioPolicy, after: PortfolioPolicy): readonly string[] => {
  const state: PortfolioState = { ...World.funded({}, before).state, policy: before, readings }
  const next = underPolicy(state, after)
  expect(next.policy).toBe(after)
  expect(next.readings === undefined ? [] : Object.keys(next.readings)).not.toContain(undefined)
  return Object.keys(next.readings ?? {})
}

describe('readings under another policy', () => {
  const before = rules({}, {})

  it('stay where the terms they were made by do', () => {
    expect(left(before, rules({}, {}))).toEqual(['clusters', 'scenarios'])
    expect(left(before, rules({ max: 0.3 }, { maxAge: 3 }))).toEqual(['clusters', 'scenarios'])
  })

  it('go where other terms are asked for, or nothing any more', () => {
    expect(left(before, rules({ correlation: 0.9 }, {}))).toEqual(['scenarios'])
    expect(left(before, rules({ window: 100 }, null))).toEqual([])
    expect(left(before, rules(null, {}))).toEqual(['scenarios'])
  })

  it('leave nothing behind where none stays', () => {
    const state: PortfolioState = { ...World.funded().state, policy: before, readings }
    expect(underPolicy(state, rules(null, null))).not.toHaveProperty('readings')
  })
})

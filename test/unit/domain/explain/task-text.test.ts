import { describe, expect, it } from 'vitest'
import { purposeSentences } from '#domain/explain/task-text.js'
import type { RunType } from '#domain/task.js'

const said = (type: RunType, amount?: string) =>
  purposeSentences({
    type,
    trigger: { kind: 'manual', why: 'ann: why', evidence: amount === undefined ? {} : { amount }, breaches: [] },
    targets: null,
    aim: null,
  })

describe('what a run was for', () => {
  it('is said of every type, with the amount where one was named', () => {
    expect(said('full')).toEqual(['The run has set no targets.'])
    expect(said('invest-cash')).toEqual(['Cash was to be put to work toward the targets in force, without a sale.'])
    expect(said('invest-cash', '2500.00')).toEqual([
      'Cash, at most 2,500.00 of it, was to be put to work toward the targets in force, without a sale.',
    ])
    expect(said('withdraw-cash', '2500.00')).toEqual([
      '2,500.00 was to be freed for a payout, the most overweight sold first, nothing bought; the targets stay in force.',
    ])
    expect(said('liquidate')).toEqual([
      'Everything was to become cash: nothing else is wanted any more, and nothing begins by itself until somebody resumes.',
    ])
  })
})

import { execFileSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { LoadedConfig } from '#daemon/config/load.js'
import { openSolving } from '#daemon/shadow.js'
import { silentLog } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import { portfolioId } from '#units/ids.js'
import { tempDir } from '../../support/temp-dir.js'
import { plainProblem } from '../adapters/solver/problems.js'
import { load, PORTFOLIO } from './config/workspace.js'

const config = (text: string): LoadedConfig => {
  const loaded = load({ 'portfolios/core.yaml': text })
  return loaded.ok ? loaded.value : expect.fail(loaded.refusal.message)
}

/** Solver processes that this one has started. */
const children = (): readonly number[] =>
  execFileSync('ps', ['--ppid', String(process.pid), '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('solver/process/host'))
    .map((line) => Number(line.trim().split(' ')[0]))

function solving() {
  const counted: string[] = []
  const metrics: Metrics = {
    count: (name) => counted.push(name),
    gauge: () => undefined,
    observe: () => undefined,
  }
  const opened = openSolving({ config: config(PORTFOLIO), stateDir: tempDir(), log: silentLog, metrics })
  onTestFinished(opened.close)
  return { ...opened, counted }
}

/** A problem that takes a while. */
const slow = plainProblem(20_000, 120, 3)
const quick = plainProblem()

describe('what a daemon tries candidates with', () => {
  it('costs no process until a candidate is solved for', async () => {
    const { solver, shadow } = solving()
    const before = children().length
    await solver.solve(quick)
    expect(children().length).toBe(before + 1)
    await shadow.solver.solve(quick)
    expect(children().length).toBe(before + 2)
  })

  it('has a process of its own: when that is killed no live solver is lost, and nobody is told of a lost one', async () => {
    const { solver, shadow, counted } = solving()
    await solver.solve(quick)
    const live = children()
    const tried = shadow.solver.solve(slow)
    const others = () => children().filter((pid) => !live.includes(pid))
    while (others().length === 0) await pause(5)
    const [own] = others()
    process.kill(own!, 'SIGKILL')
    const answer = solver.solve(quick)
    expect((await answer).status).toBe('OPTIMAL')
    expect((await tried).status).toBe('OPTIMAL')
    expect(children().filter((pid) => live.includes(pid))).toEqual(live)
    expect(others()).not.toContain(own)
    expect(counted).toEqual([])
  })

  it('takes candidates from the configuration that was read last', () => {
    const { shadow, follow } = solving()
    const core = portfolioId('core')
    expect(shadow.candidate(core)).toBeNull()
    const next = config(`${PORTFOLIO}shadow: {optimiser: {confidence: 0.9}}\n`)
    follow({ config: () => next })
    expect(shadow.candidate(core)?.optimiser.confidence).toBe(0.9)
    expect(shadow.candidate(portfolioId('other'))).toBeNull()
  })
})

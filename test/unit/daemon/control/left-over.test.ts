import { describe, expect, it } from 'vitest'
import { restrainOnce } from '#daemon/control/restrain.js'
import type { Level } from '#domain/permission/restraint.js'
import { shareRestraints } from '#runtime/share.js'
import { incarnation, portfolioId } from '#units/ids.js'
import { created, OTHER, policyFor } from '../../runtime/fixtures.js'
import { by, desk } from './desk.js'

const OLD = portfolioId('old')
const NEW = portfolioId('zeta')
const firmTo = (to: Level) =>
  ({ type: 'restrained', scope: { kind: 'firm' }, to, actor: 'ann', reason: 'prices look wrong' }) as const

/** A desk with a portfolio in its journal that is run no more, restrained firm-wide. */
async function withOld(to: Level) {
  const opened = await desk()
  await opened.engine.host.deliver(OLD, created(OLD), 'test')
  await opened.engine.host.deliver(OLD, firmTo(to), 'test')
  return opened
}

describe('a firm-wide restraint on a portfolio that is run no more', () => {
  it('holds for one that takes its place', async () => {
    const { engine, trading } = await withOld('halted')
    await engine.adopt(policyFor(NEW), incarnation('incarnation1'))
    expect(trading(NEW)).toBe('halted')
  })

  it('goes with the others, so that nobody is halted anew by the next start', async () => {
    const { parts, requests, engine, trading } = await withOld('halted')
    await shareRestraints(engine.host, engine.portfolios)
    const asked = { ...by('bob'), instrument: null, portfolio: null }
    const lifted = await restrainOnce(parts, requests, 'active', asked)
    expect(lifted).toMatchObject({ changed: [{}, { portfolio: OLD }, {}], failed: [] })
    expect(await restrainOnce(parts, requests, 'active', asked)).toMatchObject({
      changed: [{ duplicate: true }, { duplicate: true }, { duplicate: true }],
      failed: [],
    })
    await shareRestraints(engine.host, engine.host.portfolios)
    expect(engine.host.portfolios.map(trading)).toEqual(['active', 'active', 'active'])
  })

  it('is as strict everywhere as where it is strictest', async () => {
    const { engine, trading } = await withOld('reducing')
    await engine.host.deliver(OTHER, firmTo('halted'), 'test')
    await shareRestraints(engine.host, engine.portfolios)
    expect(engine.portfolios.map(trading)).toEqual(['halted', 'halted'])
    await engine.adopt(policyFor(OLD), incarnation('incarnation1'))
    expect(trading(OLD)).toBe('halted')
  })
})

import { describe, expect, it } from 'vitest'
import { rules } from '#domain/governance/registry.js'
import { suiteTempDir } from '../support/temp-dir.js'
import { ballast, dataOf, errorOf } from './cli-process.js'

describe('the rules on the command line', () => {
  const folder = suiteTempDir()
  const run = (...args: string[]) => ballast(['rule', ...args], { cwd: folder })

  it('are all listed, with their limits in each preset, without any file', async () => {
    const listed = dataOf<{ name: string; parameters: { name: string; presets: object }[] }[]>(
      await run('ls', '-o', 'json'),
    )
    expect(listed.map(({ name }) => name)).toEqual(Object.keys(rules).sort())
    const limit = listed.find(({ name }) => name === 'position-limit')!
    expect(limit.parameters).toMatchObject([
      { name: 'max', default: 0.25, presets: { standard: 0.25, conservative: 0.15, aggressive: 0.4 } },
    ])
    const { stdout } = await run('ls')
    expect(stdout).toMatch(/^RULE +STANDARD +CONSERVATIVE +AGGRESSIVE +WHAT IT DOES\n/)
    expect(stdout).toMatch(/\nsector-concentration +max 0\.3 +max 0\.2 +max 0\.5 +Caps the exposure to one sector/)
  })

  it('are shown one by one, by either spelling, with a line for a portfolio’s file', async () => {
    const shown = await run('show', 'sector_concentration')
    expect(shown.stdout).toBe((await run('show', 'sector-concentration')).stdout)
    expect(shown.stdout).toContain('governance: {rules: {sector_concentration: {max: 0.3}}}')
    expect(shown.stdout).toMatch(/\nper_sector +\{\} +limits of single sectors, instead of max/)
    expect((await run('show', 'market-hours')).stdout).toContain('optimiser  knows nothing of it')
  })

  it('that do not exist are said not to, and which do', async () => {
    const missed = await run('show', 'full-moon', '-o', 'json')
    expect(missed.code).toBe(5)
    expect(errorOf(missed)).toMatchObject({ code: 'RULE_UNKNOWN' })
    expect(errorOf(missed).message).toContain('sector-concentration')
  })
})

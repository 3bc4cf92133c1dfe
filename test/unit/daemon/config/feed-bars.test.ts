import { describe, expect, it } from 'vitest'
import { load, PORTFOLIO, problems } from './workspace.js'

const core = (more: string): Record<string, string> => ({ 'portfolios/core.yaml': PORTFOLIO + more })

describe('bars of a feed that something configured cannot do with', () => {
  it('refuses rules whose inputs the bars of the feed cannot give', () => {
    const read = (barSize: string, rule: string) =>
      problems(
        load({
          ...core(`governance: {preset: none, rules: {${rule}}}\n`),
          'ballast.yaml': `version: 1\nstate: {path: state}\nnats: {}\nfeed: {type: bus, bar_size: ${barSize}}\ntrips: {daily_loss: null}\n`,
        }),
      )
    const rules = 'cvar_limit: {}, correlation_cluster: {}'
    expect(read('1m', rules)).toEqual([
      'portfolios/core.yaml:6:48 governance.rules.cvar_limit: needs feed.bar_size: 1d, and it is 1m',
      'portfolios/core.yaml:6:73 governance.rules.correlation_cluster: needs feed.bar_size: 1d or 1mo, or a matrix: returns of a minute are correlated less',
    ])
    expect(read('1mo', rules)).toEqual([
      'portfolios/core.yaml:6:48 governance.rules.cvar_limit: needs feed.bar_size: 1d, and it is 1mo',
    ])
    expect(read('1d', rules)).toEqual([])
  })

  it('refuses the loss of a session on 1-minute bars, where nobody knows the last close', () => {
    const system = (barSize: string, more = '') =>
      `version: 1\nstate: {path: state}\nnats: {}\nfeed: {type: bus, bar_size: ${barSize}}\n${more}`
    const read = (...text: Parameters<typeof system>) =>
      problems(load({ ...core(''), 'ballast.yaml': system(...text) }))
    expect(read('1m')).toEqual([
      'ballast.yaml:4:29 feed.bar_size: needs trips.daily_loss: null, because on 1-minute bars the last close is not known to measure a loss from',
    ])
    expect(read('1m', 'trips: {daily_loss: null}\n')).toEqual([])
    expect(read('1d')).toEqual([])
  })
})

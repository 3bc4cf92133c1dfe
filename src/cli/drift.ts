import type { Command } from 'commander'
import { valuation } from '#domain/book/valuation.js'
import { analyseDrift } from '#domain/drift.js'
import { percent } from '#domain/explain/words.js'
import { specsOf } from '#domain/instrument/registry.js'
import type { DriftBand } from '#domain/policy.js'
import { lastMarket } from './market.js'
import { type Output, outputOf } from './output.js'
import { knownPortfolio, type OpenState, recorded, withState } from './state.js'
import { table } from './table.js'

/** What gaps are shown against when drift starts nothing. */
const ABSOLUTE_BAND: DriftBand = {
  type: 'absolute',
  band: 0.05,
  relativeFloor: 0.01,
  perInstrument: {},
  includeCash: false,
}

/** `ballast drift PORTFOLIO`: holdings against targets and bands, at the last closed session. */
export function registerDrift(program: Command): void {
  program
    .command('drift')
    .description('holdings against effective targets and drift bands, at the last closed session')
    .argument('<portfolio>')
    .action(async (name: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const drift = await withState(output.settings, (state) => driftOf(state, name))
      output.print(drift, () => textOf(output, drift))
    })
}

type Drift = ReturnType<typeof driftOf>

function driftOf(state: OpenState, name: string) {
  const portfolio = recorded(state, knownPortfolio(state, name))
  const { book, effective, policy } = portfolio.snapshot.context
  const { view } = lastMarket(state.config, portfolio)
  const band = policy.triggers.drift ?? ABSOLUTE_BAND
  const valued = valuation(book, view, specsOf(policy.universe))
  const analysis = effective === null ? null : analyseDrift(valued, effective, band)
  return {
    portfolio: portfolio.id,
    session: view.session,
    /** Whether a breach starts a rebalance. */
    triggers: policy.triggers.drift !== null,
    hasTargets: effective !== null,
    largest: analysis?.largest ?? 0,
    breaches: analysis?.breaches.length ?? 0,
    inconclusive: analysis?.inconclusive ?? [],
    rows: analysis?.rows ?? [],
  }
}

function textOf(output: Output, drift: Drift): string {
  if (!drift.hasTargets) return `${drift.portfolio} has no effective targets yet: no rebalance has completed.`
  const rows = drift.rows.map(({ instrument, held, target, gap, band, kind, breached }) => [
    instrument,
    percent(held),
    percent(target),
    percent(held - target),
    kind === 'relative' ? `${percent(gap)} of target` : percent(gap),
    kind === 'relative' ? `${percent(band)} of target` : percent(band),
    breached ? output.paint('warn', '▲ breached') : output.paint('good', '● inside'),
  ])
  const columns = [
    ['SYMBOL'],
    ['NOW', 'r'],
    ['TARGET', 'r'],
    ['OFF', 'r'],
    ['GAP', 'r'],
    ['BAND', 'r'],
    ['STATE'],
  ] as const
  const would = drift.triggers ? 'would start a rebalance' : 'starts nothing: the drift trigger is off'
  const last =
    drift.breaches > 0
      ? `${drift.breaches} of ${drift.rows.length} past their band, which ${would}.`
      : 'All inside their bands.'
  const doubt = drift.inconclusive.map((reason) => `Not conclusive: ${reason}.`)
  return [
    table(output, columns, rows, 'Nothing is held or targeted.'),
    '',
    `Session ${drift.session}: ${last}`,
    ...doubt,
  ].join('\n')
}

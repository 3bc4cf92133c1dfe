import { type Mutant, one } from './mutant.js'

/** Faults in the rules that plans pass. */
export const RULES: readonly Mutant[] = [
  one(
    'turnover-begins-anew',
    'every wave of buys may buy as much as the whole run',
    'src/domain/governance/rules/turnover.ts',
    '  const done = occasion.traded[side]\n',
    '  const done = side in occasion.traded ? noMoney : occasion.traded[side]\n',
  ),
  one(
    'sector-counts-only-what-is-held',
    'what a plan adds to a sector is not counted',
    'src/domain/governance/limited.ts',
    '  if (rest.adding.length === 0 || worst.lte(most)) return rejects\n',
    '  if (rest.adding.length === 0 || load.before.lte(most)) return rejects\n',
  ),
  one(
    'clusters-of-others',
    'only clusters that nothing is traded of are limited',
    'src/domain/governance/rules/correlation-cluster.ts',
    '    touched.has(at)\n',
    '    !touched.has(at)\n',
  ),
  one(
    'list-for-sells-only',
    'a name that may not be bought is bought',
    'src/domain/governance/rules/restricted-list.ts',
    '  if (!params.noBuy.includes(instrument)) return []\n',
    "  if (!params.noBuy.includes(instrument) || side === 'buy') return []\n",
  ),
  one(
    'refused-begins-again',
    'a run for risk or cash that a rule refused is begun again at every look',
    'src/domain/lifecycle/ending.ts',
    'refusal === null ? remains : onRefused(',
    'refusal === null || run.number > 0 ? remains : onRefused(',
  ),
  one(
    'breach-not-counted',
    'what the market takes past a limit is not noted at the close',
    'machines/portfolio.machine.ts',
    'sequence(markSession, keepClose, heedDrawdown, countBreaches)',
    'sequence(markSession, markSession)',
  ),
]

import { type Mutant, one } from './mutant.js'

/** Faults in what losses do to risk. */
export const LOSSES: readonly Mutant[] = [
  one(
    'risk-added-at-the-limit',
    'at the limit of the drawdown names below what is left of their targets are bought all the same',
    'src/domain/governance/rules/drawdown.ts',
    '    if (counted >= max)\n',
    '    if (counted >= max + 1)\n',
  ),
  one(
    'drawdown-sizes-nothing',
    'targets are traded to as they come, however deep the drawdown',
    'src/domain/derisk/asked.ts',
    'const lost = byDrawdown(state)',
    'const lost = byDrawdown({ policy: state.policy })',
  ),
  one(
    'shallow-drawdown',
    'half of a drawdown counts',
    'src/domain/book/evolve.ts',
    'lossFrom(nav, unitValueAt(nav, equity))',
    'lossFrom(nav, unitValueAt(nav, equity)) / 2',
  ),
]

import { type Mutant, one } from './mutant.js'

/** Faults in how what has been sent is counted, by all portfolios and over restarts. */
export const VOLUMES: readonly Mutant[] = [
  one(
    'sent-forgotten-by-restart',
    'what earlier processes of the day have sent is not counted',
    'src/runtime/traffic.ts',
    '    while (to >= first) {\n',
    '    while (to >= first && to < 0) {\n',
  ),
  one(
    'sent-not-counted',
    'what this process sends is not counted',
    'src/runtime/host.ts',
    '      for (const { entry } of staged) traffic?.note(entry)\n',
    '      for (const { entry } of staged) if (entry.seq < 0) traffic?.note(entry)\n',
  ),
  one(
    'firm-volume-begins-anew',
    'each plan may order as much of a name as all portfolios in a day',
    'src/domain/governance/rules/firm-adv.ts',
    'const before = ordered.get(instrument) ?? noMoney\n',
    "const before = ordered.has(instrument.concat(' ')) ? ordered.get(instrument)! : noMoney\n",
  ),
  one(
    'minute-begins-anew',
    'orders of the minute before are not counted',
    'src/domain/governance/rules/order-rate.ts',
    'before: whole(orders.own), most:',
    'before: whole(orders.own - orders.own), most:',
  ),
]

import { type Mutant, one } from './mutant.js'

/** Faults in how executions that were taken back are taken out of the books. */
export const CORRECTIONS: readonly Mutant[] = [
  one(
    'bust-twice',
    'an execution is taken back as often as that is told',
    'src/runtime/intake.ts',
    '    if (this.journal.inbox(portfolio, key) !== undefined) return\n    const mine',
    '    const mine',
  ),
  one(
    'bust-unheard',
    'a comparison books executions nobody told of, and leaves what was taken back',
    'src/runtime/reconcile.ts',
    '      if (bust !== undefined) await sink.bust(portfolio, bust)\n',
    '      void bust\n',
  ),
  one(
    'bust-keeps-the-books',
    'what is taken back is noted and stays in the books',
    'src/domain/lifecycle/correcting.ts',
    'return quiet({ ...state, book, corrections:',
    'return quiet({ ...state, book: execution.side === "sell" ? state.book : book, corrections:',
  ),
  one(
    'early-bust-forgotten',
    'a taking-back that comes before its execution is not remembered',
    'src/domain/lifecycle/correcting.ts',
    'awaited: [...awaited, event.bust] } })',
    'awaited } })',
  ),
  one(
    'overdraft-unnoticed',
    'a taking-back that leaves a debt or a short changes no permission',
    'machines/portfolio.machine.ts',
    'filled: [FOREIGN, EXCEEDS], busted: OVERDRAWS } }',
    'filled: [FOREIGN, EXCEEDS] } }',
  ),
  one(
    'stale-answer-believed',
    'an answer older than an end makes the order complete',
    'machines/order.machine.ts',
    "and([not('saysAccepted'), 'allBooked', 'awaitsFills'])",
    "and(['allBooked', 'awaitsFills'])",
  ),
]

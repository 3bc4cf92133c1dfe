import { type Mutant, one } from './mutant.js'

/** Faults in how the journal is used. */
export const JOURNAL: readonly Mutant[] = [
  {
    name: 'publish-before-commit',
    fault: 'requests leave before their entry is on disk',
    patches: [
      {
        file: 'src/runtime/host.ts',
        find: '      const started = performance.now()\n      try {',
        replace:
          '      const started = performance.now()\n      for (const { staged } of batch) for (const step of staged) this.ports.onDurable(step)\n      try {',
      },
      {
        file: 'src/runtime/host.ts',
        find: '        for (const step of staged) this.ports.onDurable(step)\n        mail',
        replace: '        mail',
      },
    ],
  },
  one(
    'outbox-not-resent',
    'requests that a crash left unanswered are not carried out',
    'src/runtime/engine.ts',
    'for (const { effect } of this.ports.journal.recover(portfolio).outbox)',
    'for (const { effect } of this.ports.journal.recover(portfolio).outbox.slice(0, 0))',
  ),
  one(
    'timers-lost',
    'deadlines do not outlive the process',
    'src/runtime/engine.ts',
    'for (const { timer, at } of this.ports.journal.recover(portfolio).timers) this.#timers.arm(portfolio, timer, at)',
    'void portfolio',
  ),
  one(
    'fired-timer-stays',
    'a deadline that has passed stays on disk',
    'src/runtime/record.ts',
    "timerRows(step, entry.event.type === 'timedOut' ? [entry.event.timer] : [])",
    'timerRows(step, [])',
  ),
  one(
    'stale-snapshot',
    'a restart takes the saved state and leaves out the last entry after it',
    'src/runtime/recover.ts',
    'for (const entry of stored.entries) {',
    'for (const entry of stored.entries.slice(0, -1)) {',
  ),
  one(
    'answered-stays',
    'an answered request stays in the outbox',
    'src/runtime/record.ts',
    'outboxRemove: [...origin.answers, ...withdrawn(before, step)],',
    'outboxRemove: [...withdrawn(before, step)],',
  ),
  one(
    'command-not-remembered',
    'the key of a command is not written with what it did',
    'src/runtime/engine.ts',
    'return this.host.deliver(portfolio, fact, said, { answers: [], inbox }, given)',
    'return this.host.deliver(portfolio, fact, said, { answers: [], inbox: null }, given)',
  ),
  one(
    'execution-not-indexed',
    'a booked execution is missing from the index',
    'src/runtime/record.ts',
    "execution: entry.event.type === 'filled' ? entry.event.execution : null,",
    'execution: null,',
  ),
]

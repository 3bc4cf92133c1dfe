import type { Command } from 'commander'
import type { RunTask } from '#domain/task.js'
import { positive } from './deposit.js'
import { CliError, EXIT } from './failure.js'
import { outputOf } from './output.js'
import { runByHand } from './run.js'
import { type SignatureOptions, signed } from './signature.js'

/** Commands that move an amount, what each is, and the run it begins. */
const COMMANDS = [
  ['invest', 'invest-cash', 'buy toward the targets in force with at most an amount of cash; nothing is sold'],
  [
    'withdraw',
    'withdraw-cash',
    'free an amount of cash for a payout: the most overweight are sold first, nothing is bought; payout then books it',
  ],
] as const

const CONFIRM = 'the name of the portfolio once more: what is sold does not come back'

/** `ballast invest|withdraw PORTFOLIO AMOUNT` and `ballast liquidate PORTFOLIO`: runs that move cash. */
export function registerCashRuns(program: Command): void {
  for (const [name, type, description] of COMMANDS)
    signed(
      program
        .command(name)
        .description(description)
        .argument('<portfolio>')
        .argument('<amount>', "in the portfolio's currency, such as 25000.00"),
    ).action(async (portfolio: string, text: string, options: SignatureOptions, command: Command) => {
      const task: RunTask = { type, amount: positive(text) }
      await runByHand(outputOf(command), portfolio, options, { verb: name, task })
    })
  signed(
    program
      .command('liquidate')
      .description(
        'sell everything and buy back what is short; from then on cash is the target, and trading is paused until resumed',
      )
      .argument('<portfolio>')
      .option('--confirm <portfolio>', CONFIRM),
  ).action(async (portfolio: string, options: SignatureOptions & { confirm?: string }, command: Command) => {
    if (options.dryRun !== true && options.confirm !== portfolio)
      throw new CliError(
        EXIT.usage,
        'CONFIRMATION_REQUIRED',
        `liquidate sells everything ${portfolio} holds: add --confirm ${portfolio}, or --dry-run to see what that is`,
      )
    await runByHand(outputOf(command), portfolio, options, { verb: 'liquidate', task: { type: 'liquidate' } })
  })
}

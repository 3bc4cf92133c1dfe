import { Command } from 'commander'
import { version } from '#daemon/version.js'
import { registerApprove } from './approve.js'
import { registerCalendar } from './calendar.js'
import { registerCashRuns } from './cash-runs.js'
import { registerConfig } from './config.js'
import { registerDemo } from './demo.js'
import { registerDeposit } from './deposit.js'
import { registerDoctor } from './doctor.js'
import { registerDrawdown } from './drawdown.js'
import { registerDrift } from './drift.js'
import { registerExplain } from './explain.js'
import { EXIT, failureOf } from './failure.js'
import { registerFeed } from './feed.js'
import { registerFills } from './fills.js'
import { registerGateway } from './gateway.js'
import { registerGovernance } from './governance.js'
import { registerInit } from './init.js'
import { registerJournal } from './journal.js'
import { registerKill } from './kill.js'
import { registerLs } from './ls.js'
import { registerOperator } from './operator.js'
import { registerOptimise } from './optimise.js'
import { registerOrders } from './orders.js'
import { report } from './output.js'
import { registerPermission } from './permission.js'
import { registerPlan } from './plan.js'
import { registerPositions } from './positions.js'
import { registerReconcile } from './reconcile.js'
import { registerRegime } from './regime.js'
import { registerReload } from './reload.js'
import { registerRule } from './rule.js'
import { registerRun } from './run.js'
import { registerServe } from './serve.js'
import { addGlobalOptions, defaultConfig } from './settings.js'
import { registerShadow } from './shadow.js'
import { registerSize } from './size.js'
import { registerStatus } from './status.js'
import { registerVersion } from './version.js'

/** The whole command line, not parsed yet. Errors are thrown, never printed: {@link main} reports them. */
export function program(): Command {
  const root = addGlobalOptions(new Command('ballast'))
    .description('A portfolio rebalancing engine: durable actors, a journaled ledger, a certified Mean-CVaR optimiser.')
    .version(version, '-V, --version', 'the version of the program')
    .addHelpText('after', EXIT_HELP)
  quietly(root)
  for (const register of [
    registerInit,
    registerServe,
    registerFeed,
    registerGateway,
    registerDemo,
    registerLs,
    registerStatus,
    registerDrift,
    registerPlan,
    registerShadow,
    registerExplain,
    registerRun,
    registerPermission,
    registerKill,
    registerApprove,
    registerOperator,
    registerCashRuns,
    registerDeposit,
    registerDrawdown,
    registerOrders,
    registerFills,
    registerPositions,
    registerReconcile,
    registerReload,
    registerGovernance,
    registerRule,
    registerJournal,
    registerOptimise,
    registerSize,
    registerRegime,
    registerCalendar,
    registerDoctor,
    registerConfig,
    registerVersion,
  ])
    register(root)
  for (const command of descendants(root)) quietly(command)
  root.hook('preAction', () => {
    if (root.getOptionValue('config') === undefined) root.setOptionValue('config', defaultConfig())
  })
  return root
}

const EXIT_HELP = `
Exit codes: 0 ok, 1 failed, 2 trades proposed (plan --detailed-exitcode), 3 vetoed by governance or more than
the free cash, 4 state in use or moved on, 5 not found, 6 no daemon reached (nothing was done), 7 no answer in time
(the outcome is unknown: repeat with the --request-id it names), 8 cut by a rule, 9 for people to approve (governance
check, rule test), 64 wrong usage or configuration, 78 journal refused.`

/**
 * Runs one command line and returns its exit code. Data goes to stdout, talk and errors to stderr; with JSON output an
 * error is an object on stdout as well. Never throws.
 */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    await program().parseAsync([...argv])
    return Number(process.exitCode ?? EXIT.ok)
  } catch (error) {
    const failure = failureOf(error)
    if (failure.exit !== EXIT.ok) report(failure, formatOf(argv))
    return failure.exit
  }
}

/** Commander throws instead of ending the process, and leaves the wording of errors to {@link main}. */
function quietly(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined })
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)])
}

/** The output format a command line asks for, found even when the rest of it cannot be parsed. */
function formatOf(argv: readonly string[]): string {
  if (argv.includes('--json')) return 'json'
  const at = argv.findIndex((word) => word === '-o' || word === '--output')
  if (at >= 0) return argv[at + 1] ?? 'text'
  const joined = argv.find((word) => word.startsWith('--output=') || /^-o./.test(word))
  return joined?.replace(/^(--output=|-o)/, '') ?? 'text'
}

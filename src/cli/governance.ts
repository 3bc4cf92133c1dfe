import { type Command, Option } from 'commander'
import { effectOf } from '#domain/governance/effect.js'
import { govern } from '#domain/governance/govern.js'
import { presets } from '#domain/governance/presets.js'
import { CliError, EXIT } from './failure.js'
import { type ProposalOptions, proposalInput } from './governance/input.js'
import { checkResult, checkText, printVerdict } from './governance/result.js'
import { type RulesRequest, rulesFor } from './governance/rules.js'
import { type Output, outputOf } from './output.js'
import { wholeNumber } from './settings.js'

type Options = ProposalOptions & RulesRequest

/** `ballast governance check`: a book and a plan from files before the rules; touches no state. */
export function registerGovernance(program: Command): void {
  const governance = program.command('governance').description('what rules make of a plan')
  proposalOptions(governance.command('check'))
    .description(
      'judge a plan from a file on a book from a file, by the rules that runs are judged by; nothing is sent',
    )
    .option('--policy <file>', "rules in YAML: what stands under governance: in a portfolio's file")
    .addOption(new Option('--preset <name>', 'rules of a preset (standard)').choices(Object.keys(presets)))
    .addHelpText('after', EXIT_HELP)
    .action((options: Options, command: Command) => check(options, outputOf(command)))
}

const EXIT_HELP = `
Exit codes say the verdict: 0 allow or warn, 8 resize, 9 approve, 3 reject or halt, 64 a file that cannot be read.`

/** The files that a plan is judged from. */
export const proposalOptions = (command: Command): Command =>
  command
    .requiredOption('--book <file>', 'cash and holdings, CSV or JSON: symbol, quantity, price; cash as the symbol CASH')
    .requiredOption(
      '--plan <file>',
      'orders, CSV or JSON: symbol, side, quantity, and price, limit, target if they differ',
    )
    .option('--portfolio <file>', 'portfolio file that has the rules, terms and costs (default: those of a preset)')
    .option('--prices <file>', 'CSV, plain or gzip, or Parquet of closes (default: prices of the files, as of now)')
    .option('--at <time>', 'when it is judged, such as 2024-07-05T15:00:00Z (default: the last close, or now)')
    .option('--runs-today <n>', 'automatic runs of the session, this one included (1)', wholeNumber(0))

async function check(options: Options, output: Output): Promise<void> {
  const sources = [options.policy, options.preset, options.portfolio].filter((given) => given !== undefined)
  if (sources.length > 1)
    throw new CliError(EXIT.usage, 'USAGE', 'give the rules once: --portfolio, --policy or --preset')
  const { context, costs, policy } = await proposalInput(options)
  const rules = policy?.governance ?? rulesFor(options, Object.values(context.specs))
  const effect = effectOf(context, govern(context, rules, costs))
  const result = checkResult(
    effect,
    context,
    rules.map(({ name }) => name),
  )
  printVerdict(output, result, () => checkText(output, result))
}

import { type Command, Option } from 'commander'
import { jsonSchemas } from '#daemon/config/json-schema.js'
import type { Setting } from '#daemon/config/setting.js'
import { type Output, outputOf } from './output.js'
import { configOf } from './state.js'

/** `ballast config validate|show|schema`: check the files, show what they resolve to, print their schemas. */
export function registerConfig(program: Command): void {
  const config = program.command('config').description('configuration files')
  config
    .command('validate')
    .description('check the system file and every portfolio file; all problems are reported with file and line')
    .action((_options: unknown, command: Command) => {
      const output = outputOf(command)
      const { file, portfolios } = configOf(output.settings)
      const data = {
        file,
        portfolios: portfolios.map(({ policy, enabled, file: of }) => ({ id: policy.id, enabled, file: of })),
      }
      output.print(data, () => `${file} is valid: ${portfolios.map(({ policy }) => policy.id).join(', ')}`)
    })
  config
    .command('show')
    .description('every value with its default filled in')
    .option('--origin', 'also where each value came from')
    .action((options: { origin?: boolean }, command: Command) => {
      const output = outputOf(command)
      const { settings } = configOf(output.settings)
      output.print(settings, () => settingsText(output, settings, options.origin === true))
    })
  config
    .command('schema')
    .description('the JSON Schemas of the files, for editors')
    .addOption(new Option('--of <file>', 'one of them').choices(['system', 'portfolio']))
    .action((options: { of?: 'system' | 'portfolio' }, command: Command) => {
      const schemas = jsonSchemas()
      const data = options.of === undefined ? schemas : schemas[`${options.of}.schema.json`]
      outputOf(command).print(data, () => JSON.stringify(data, null, 2))
    })
}

function settingsText(output: Output, settings: readonly Setting[], origin: boolean): string {
  const lines: string[] = []
  let file = ''
  for (const setting of settings) {
    if (setting.file !== file) lines.push(...(file === '' ? [] : ['']), output.paint('dim', `# ${setting.file}`))
    file = setting.file
    const from = origin ? output.paint('dim', `  # ${setting.origin}`) : ''
    lines.push(`${setting.path}: ${JSON.stringify(setting.value)}${from}`)
  }
  return lines.join('\n')
}

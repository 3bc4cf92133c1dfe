import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { newOperatorKey, operatorName } from '#adapters/wire/signing.js'
import { CliError, EXIT } from './failure.js'
import { outputOf } from './output.js'

/** `ballast operator keygen`: a key to sign commands with. */
export function registerOperator(program: Command): void {
  program
    .command('operator')
    .description('people who may command a daemon')
    .command('keygen')
    .description('make a key that signs commands: the private half into a file, the public half for ballast.yaml')
    .argument('<name>', 'of the operator, as it is journaled', named)
    .argument('<file>', 'for the private key; never written over')
    .action((name: string, file: string, _options: unknown, command: Command) => {
      const output = outputOf(command)
      const path = resolve(file)
      if (existsSync(path)) throw new CliError(EXIT.usage, 'FILE_EXISTS', `${path} is there already`)
      const { privateKey, publicKey } = newOperatorKey()
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, privateKey, { flag: 'wx', mode: 0o600, flush: true })
      output.print({ name, file: path, publicKey }, () =>
        [
          `${path} signs as ${name}; only its owner may read it.`,
          '',
          'In ballast.yaml, so that the daemon knows the key:',
          `  control: {operators: {${name}: ${publicKey}}}`,
          'In contexts.yaml, so that commands are signed with it:',
          `  operator: {name: ${name}, key_file: ${path}}`,
        ].join('\n'),
      )
    })
}

function named(text: string): string {
  const read = operatorName.safeParse(text)
  if (read.success) return read.data
  throw new InvalidArgumentError(read.error.issues.map(({ message }) => message).join('; '))
}

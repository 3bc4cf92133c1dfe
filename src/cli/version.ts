import type { Command } from 'commander'
import { SCHEMA_VERSION } from '#adapters/journal/stores.js'
import { nativeSolver } from '#adapters/solver/native.js'
import { version } from '#daemon/version.js'
import { outputOf } from './output.js'
import { facts } from './table.js'

/** `ballast version`: program, node, native optimiser and journal layout. */
export function registerVersion(program: Command): void {
  program
    .command('version')
    .description('versions of the program and its parts')
    .action((_options: unknown, command: Command) => {
      const output = outputOf(command)
      const data = { ballast: version, node: process.versions.node, optimiser: optimiser(), journal: SCHEMA_VERSION }
      const { backend, version: built, cuda } = data.optimiser
      output.print(data, () =>
        facts(output, [
          ['ballast', data.ballast],
          ['node', data.node],
          ['optimiser', built === '' ? backend : `${backend} ${built}, CUDA ${cuda}`],
          ['journal', `layout ${data.journal}`],
        ]),
      )
    })
}

/** What the native optimiser says of itself; says why when it cannot be loaded, since version must always answer. */
function optimiser(): { readonly backend: string; readonly version: string; readonly cuda: string } {
  try {
    return nativeSolver().describe()
  } catch (error) {
    return { backend: error instanceof Error ? error.message : String(error), version: '', cuda: '' }
  }
}

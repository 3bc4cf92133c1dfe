import type { Command } from 'commander'
import { loadConfig } from '#daemon/config/load.js'
import { serve } from '#daemon/serve.js'
import { CliError } from './failure.js'

/** Exit code of a refused configuration; the unit does not restart on it. */
const BAD_CONFIG = 64

/** `ballast serve`: the daemon, until SIGTERM or the end of its feed. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the daemon: replay the configured feed, rebalance, serve metrics and health')
    .action(async (_options: unknown, command: Command) => {
      const { config = 'config/ballast.yaml', state } = command.optsWithGlobals<{ config?: string; state?: string }>()
      const loaded = loadConfig(config, process.env)
      if (!loaded.ok) throw new CliError(BAD_CONFIG, loaded.refusal.code, loaded.refusal.message)
      const stop = new AbortController()
      const end = (): void => stop.abort()
      process.once('SIGTERM', end).once('SIGINT', end)
      await serve(loaded.value, state ?? loaded.value.system.state.path, stop.signal)
    })
}

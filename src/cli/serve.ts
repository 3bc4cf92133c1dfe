import type { Command } from 'commander'
import { loadConfig } from '#daemon/config/load.js'
import { serve } from '#daemon/serve.js'
import { badConfig } from './failure.js'
import { settingsOf } from './settings.js'

/** Hears SIGHUP from the first moment on: by default it would end the process. */
function hangUps(): (listener: () => void) => () => void {
  const listeners = new Set<() => void>()
  process.on('SIGHUP', () => {
    for (const listener of listeners) listener()
  })
  return (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
}

/** `ballast serve`: the daemon, until SIGTERM or the end of its feed. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the daemon: over NATS, or replaying a file of prices in one process; with metrics and health')
    .action(async (_options: unknown, command: Command) => {
      const { config, state } = settingsOf(command)
      const loaded = loadConfig(config, process.env)
      if (!loaded.ok) throw badConfig(loaded.refusal)
      const stop = new AbortController()
      const end = (): void => stop.abort()
      process.once('SIGTERM', end).once('SIGINT', end)
      await serve(loaded.value, state ?? loaded.value.system.state.path, {
        signal: stop.signal,
        reread: () => loadConfig(config, process.env),
        onHangUp: hangUps(),
      })
    })
}

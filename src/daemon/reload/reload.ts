import type { ServiceManager } from '#adapters/systemd/notify.js'
import type { Log } from '#ports/log.js'
import type { Metrics } from '#ports/metrics.js'
import type { Behind } from '#runtime/adoption.js'
import type { Engine } from '#runtime/engine.js'
import { Turns } from '#runtime/turns.js'
import { Fault } from '#units/fault.js'
import type { Outcome } from '#units/outcome.js'
import type { LoadedConfig } from '../config/load.js'
import { type ConfigError, configError } from '../config/problem.js'
import { candidatesOf } from '../config/shadow.js'
import type { ReloadAnswer } from '../control/messages.js'
import { difference, fixedBy } from './difference.js'

/** Who asks for the configuration to be read again, and why. */
export interface ReloadAsked {
  readonly actor: string
  readonly reason: string
  readonly dry_run: boolean
  /** Looser limits that two operators want, as `loosened` names them. */
  readonly allowed?: readonly string[]
  /** The request it came by, and who confirmed it; absent for a signal. */
  readonly behind?: Behind
}

/** What a reload came to. */
export type Reloaded = Omit<ReloadAnswer, 'duplicate'>

/** What a reload works with. */
export interface ReloadParts {
  /** The configuration the daemon started with. */
  readonly config: LoadedConfig
  /** Reads the same files again. */
  readonly reread: () => Outcome<LoadedConfig, ConfigError>
  readonly engine: Pick<Engine, 'refusal' | 'adoptAll'>
  readonly manager: Pick<ServiceManager, 'reloading' | 'ready'>
  readonly metrics: Metrics
  readonly log: Log
  /** Why limits may not be loosened by this request; null when they may. Only asked when there are any. */
  readonly mayLoosen?: (loosened: readonly string[], asked: ReloadAsked) => string | null
}

/** A daemon's way to another configuration. */
export interface Reloader {
  /** @throws Fault `CONFIG_INVALID`, `LOOSENING_REFUSED`, `POLICY_REFUSED`, all never; the running one then stays. */
  reload(asked: ReloadAsked): Promise<Reloaded>
  /** The configuration adopted last. */
  config(): LoadedConfig
}

/** Changed settings named in an answer; with more, a last line counts the rest. */
const NAMED = 200

/**
 * Reads the configuration again: checks it whole, tries it on every portfolio, then gives all of them their policies or
 * none. A portfolio in a run keeps its policy to the end of that run. One reload at a time. Source: design engine.md
 * section 6, ADR 0021.
 */
export function reloader(parts: ReloadParts): Reloader {
  const { metrics, log, manager } = parts
  const policies = parts.config.portfolios.filter(({ enabled }) => enabled).map(({ policy }) => policy)
  const fixed = fixedBy([...policies, ...candidatesOf(parts.config)])
  let running = parts.config
  const turns = new Turns<'reload'>()

  const adopt = async (asked: ReloadAsked): Promise<Reloaded> => {
    const read = parts.reread()
    if (!read.ok) throw invalid(read.refusal)
    const found = difference(running, read.value, fixed, (policy) => parts.engine.refusal(policy))
    if (found.problems.length > 0) throw invalid(configError(found.problems))
    const refused = found.loosened.length > 0 ? (parts.mayLoosen?.(found.loosened, asked) ?? null) : null
    if (refused !== null) throw new Fault('LOOSENING_REFUSED', refused, 'never', { loosened: [...found.loosened] })
    const answer = { changed: named(found.changed), loosened: named(found.loosened), dry_run: asked.dry_run }
    if (asked.dry_run) return { ...answer, waiting: [] }
    const cause = `config ${asked.actor}: ${asked.reason}`
    const waiting = await parts.engine.adoptAll(found.policies, cause, asked.behind)
    running = read.value
    const differs = found.policies.length + found.candidates.length > 0
    metrics.count('ballast_config_reloads_total', { outcome: differs ? 'adopted' : 'unchanged' })
    log.info({ actor: asked.actor, changed: answer.changed, waiting }, 'configuration read again')
    if (found.loosened.length > 0) log.warn({ actor: asked.actor, loosened: answer.loosened }, 'limits are looser now')
    return { ...answer, waiting: [...waiting] }
  }

  const attempt = async (asked: ReloadAsked): Promise<Reloaded> => {
    if (!asked.dry_run) manager.reloading()
    try {
      return await adopt(asked)
    } catch (error) {
      if (!asked.dry_run) metrics.count('ballast_config_reloads_total', { outcome: 'refused' })
      log.warn({ actor: asked.actor, error: String(error) }, 'the configuration is refused; the running one stays')
      throw error
    } finally {
      if (!asked.dry_run) manager.ready('configuration read again')
    }
  }

  return {
    reload: (asked) => turns.take('reload', () => attempt(asked)),
    config: () => running,
  }
}

const invalid = ({ message, problems }: ConfigError): Fault =>
  new Fault('CONFIG_INVALID', message, 'never', { problems: problems.slice(0, 20) })

const named = (names: readonly string[]): string[] =>
  names.length <= NAMED ? [...names] : [...names.slice(0, NAMED), `and ${names.length - NAMED} more`]

/** Reads the configuration again on each hang-up; returns how to stop. What comes of it is in the log. */
export function reloadOnHangUp(onHangUp: (listener: () => void) => () => void, { reload }: Reloader): () => void {
  return onHangUp(() => {
    reload({ actor: 'SIGHUP', reason: 'asked by signal', dry_run: false }).catch(() => undefined)
  })
}

import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** One process, told apart from a later one that was given the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** Start time in clock ticks since boot (`/proc/<pid>/stat` field 22); empty where there is no `/proc`. */
  readonly started: string
  /** The kernel's boot id; empty where there is none. */
  readonly boot: string
  /** The pid namespace: pids of another one mean nothing here. */
  readonly namespace: string
  readonly host: string
}

/** Whether a process still runs; `unknown` when it belongs to another machine or container. */
export type Liveness = 'alive' | 'dead' | 'unknown'

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    started: startOf(process.pid) ?? '',
    boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
    host: hostname(),
  }
}

/**
 * Whether `other` still runs, as far as `self` can see. A reboot of the same host ends every process; a process of
 * another host or pid namespace cannot be looked up. A zombie counts as dead: it holds nothing any more.
 */
export function liveness(other: ProcessIdentity, self: ProcessIdentity): Liveness {
  if (other.boot !== self.boot) return other.host === self.host ? 'dead' : 'unknown'
  if (other.namespace !== self.namespace) return 'unknown'
  if (self.started === '') return answersSignals(other.pid) ? 'alive' : 'dead'
  return startOf(other.pid) === other.started ? 'alive' : 'dead'
}

/** Start time of a running process; undefined when there is none (or only its zombie). */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name in parentheses may itself hold blanks and parentheses: fields are counted after the last one.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function orEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

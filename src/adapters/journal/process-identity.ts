import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process, as a record names it to people and to processes elsewhere. */
export interface ProcessIdentity {
  /** Its number in its own pid namespace. */
  readonly pid: number
  /** The kernel's boot id; empty where it is hidden. */
  readonly boot: string
  /** The pid namespace, `pid:[inode]`: the pid means nothing in another one. Empty where it cannot be read. */
  readonly namespace: string
  readonly host: string
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return {
    pid: process.pid,
    boot: orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    namespace: orEmpty(() => readlinkSync('/proc/self/ns/pid')),
    host: hostname(),
  }
}

/**
 * Whether two processes ran under one kernel, one after the other or at once, or on one host before and after a boot:
 * then a lock of one kernel decides between them. A boot id that is hidden says nothing, and the host's name decides.
 */
export function sameMachine(one: ProcessIdentity, other: ProcessIdentity): boolean {
  return (one.boot !== '' && one.boot === other.boot) || (one.host !== '' && one.host === other.host)
}

function orEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}

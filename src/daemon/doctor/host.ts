/** What the machine and the program on it are judged by. */
import { type Finding, fail, ok, warn } from './check.js'

const OLDEST_NODE = [20, 19] as const
/** Years in which a machine's clock may be believed. */
const YEARS = { first: 2025, last: 2100 } as const
/** Hours in New York at noon UTC in the middle of January and of July: standard and daylight time. */
const NEW_YORK = [7, 8] as const
/** Above this a commit takes longer than an order should, milliseconds. */
const SLOW_SYNC_MS = 20

const BUILD = 'run npm run setup in the folder of the program'

/** Judges a version such as `20.19.2`. */
export function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [leastMajor, leastMinor] = OLDEST_NODE
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return ok(version)
  return fail(`${version} is too old`, `install Node.js ${leastMajor}.${leastMinor} or later`)
}

/** What the native addon says of itself, or why it says nothing. */
export type AddonReading =
  | { readonly backend: string; readonly version: string; readonly cuda: string }
  | { readonly trouble: string }

/** Judges the addon: one of another version was left by an update without a build. */
export function judgeAddon(reading: AddonReading, wanted: string): Finding {
  if ('trouble' in reading) return fail(reading.trouble.replace(/; run npm run setup$/, ''), BUILD)
  const { backend, version, cuda } = reading
  if (version !== wanted) return warn(`built for ${version}, the program is ${wanted}`, BUILD)
  return ok(`backend ${backend} ${version}, CUDA ${cuda}`)
}

/** The machine's time, and what its time zone data makes of it. */
export interface TimeReading {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Hours in New York at noon UTC in January and July; null when the zone is not known. */
  readonly newYork: readonly [january: number, july: number] | null
  /** Version of the time zone data, such as `2025b`; empty when unknown. */
  readonly zoneData: string
}

/** Judges time and time zone data: calendars and deadlines are kept by both. */
export function judgeTime({ now, newYork, zoneData }: TimeReading): Finding {
  const at = new Date(now)
  const year = at.getUTCFullYear()
  if (!(year >= YEARS.first && year <= YEARS.last))
    return fail(`the clock shows the year ${year}`, 'set it and keep it by NTP: timedatectl set-ntp true')
  if (newYork?.[0] !== NEW_YORK[0] || newYork[1] !== NEW_YORK[1])
    return fail(
      'the time zone data is missing or wrong: exchange calendars cannot be kept',
      'use a Node.js with full ICU data',
    )
  return ok(`${at.toISOString()}${zoneData === '' ? '' : `, zone data ${zoneData}`}`)
}

/** Judges the room on the journal's disk, bytes, against what the configuration wants free. */
export function judgeDisk(freeBytes: number, softFreeBytes: number): Finding {
  const [free, least] = [gibibytes(freeBytes), gibibytes(softFreeBytes)]
  if (freeBytes < softFreeBytes)
    return fail(
      `${free} free, less than state.soft_free_bytes (${least}): no new run begins`,
      'make room on that disk, or put state.path on a larger one',
    )
  if (freeBytes < 2 * softFreeBytes)
    return warn(`${free} free, less than twice state.soft_free_bytes (${least})`, 'make room before runs are held back')
  return ok(`${free} free, ${least} wanted`)
}

/** Judges how long writes took to be on disk, milliseconds each; at least one. */
export function judgeSync(tookMs: readonly number[]): Finding {
  const p50 = median(tookMs)
  const said = `fdatasync p50 ${p50.toFixed(2)} ms, slowest ${Math.max(...tookMs).toFixed(2)} ms of ${tookMs.length}`
  if (p50 <= SLOW_SYNC_MS) return ok(said)
  return warn(
    `${said}; above ${SLOW_SYNC_MS} ms`,
    'every order waits for it twice: use a local SSD, not a network disk',
  )
}

/** The middle one, the mean of the two middle ones of an even number; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  return ((sorted[Math.ceil(half) - 1] ?? Number.NaN) + (sorted[Math.floor(half)] ?? Number.NaN)) / 2
}

function gibibytes(bytes: number): string {
  const gib = bytes / 2 ** 30
  return gib >= 0.1 || bytes === 0 ? `${gib.toFixed(1)} GiB` : `${bytes} bytes`
}

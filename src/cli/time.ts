import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '#units/time.js'

const STEPS = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
] as const

/** How long ago, or how far ahead, in its largest whole unit: `3d ago`, `in 5m`, `now`. */
export function relativeTime(at: number, now: number): string {
  const distance = Math.abs(now - at)
  const [unit, size] = STEPS.find(([, step]) => distance >= step) ?? ['', 0]
  if (size === 0) return 'now'
  const text = `${Math.floor(distance / size)}${unit}`
  return at < now ? `${text} ago` : `in ${text}`
}

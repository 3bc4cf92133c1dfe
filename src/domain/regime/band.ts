/** A flag's two thresholds: it goes up at `enter` and comes down at `exit`. `enter` below `exit` makes a flag of small figures. */
export interface Band {
  readonly enter: number
  readonly exit: number
}

/** Whether something holds, and for how many bars its figure has not said so clearly. Plain data. */
export interface Flag {
  readonly up: boolean
  /** Bars since the figure was last at or beyond one of its thresholds; 0 when it is now. */
  readonly undecided: number
}

/** Where a figure stands in its band: 1 at `enter`, −1 at `exit`, 0 half way; beyond in the same measure. */
const standing = (figure: number, { enter, exit }: Band): number => (2 * figure - enter - exit) / (enter - exit)

/** Standings closer than this to a threshold are at it: rates such as 0.55 are no binary fractions. */
const AT = 1e-9

/**
 * The flag after one more figure: hysteresis with a memory that ends. At or beyond a threshold the figure decides; between
 * them the flag stays as it was, but for `hold` bars at most. Longer than that the half of the band decides, bar by bar,
 * so that what happened more than `hold` bars ago has no say.
 */
export function flagAfter(before: Flag | null, figure: number, band: Band, hold: number): Flag {
  const at = standing(figure, band)
  if (at >= 1 - AT) return { up: true, undecided: 0 }
  if (at <= -1 + AT) return { up: false, undecided: 0 }
  const undecided = before === null ? hold + 1 : Math.min(before.undecided + 1, hold + 1)
  return { up: before === null || undecided > hold ? at >= 0 : before.up, undecided }
}

/**
 * How clearly a figure supports what its flag says: 0.5 half way between the thresholds, 0.75 at the one that made it, 1 from
 * half a band beyond; below 0.5 where it leans the other way. In [0.25, 1].
 */
export function clearness({ up }: Flag, figure: number, band: Band): number {
  const at = standing(figure, band)
  return Math.min(1, Math.max(0, 0.5 + 0.25 * (up ? at : -at)))
}

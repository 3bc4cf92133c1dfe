/** Averages of equal similarities are a rounding off them. */
const SLACK = 1e-12

/**
 * Clusters by average linkage: of clusters whose members are on average as alike as `least` or more, those most alike are
 * joined, again and again. `similarity` is symmetric, row-major, `size` × `size`; it is read, not changed.
 *
 * Answers the members of each cluster, ascending, the clusters in order of their first members. Every pair of
 * clusters that is left has an average similarity below `least`.
 * Edges   exactly at `least` joins. Ties are decided by place alone, the lower first, so that with names in order of id the
 *         answer does not depend on how they came. No members: no clusters.
 * Errors  none; a similarity that is no number joins nothing.
 * Cost    O(size²) time at most and size² floats: chains of nearest neighbours, which average linkage allows because two clusters
 *         joined are never more alike to a third than the more alike of them was. For the same reason a cluster
 *         with no neighbour at `least` never gets one, and is left out from then on.
 * Source  Murtagh, Computer Journal 26 (1983); Müllner, arXiv:1109.2378, section 3.2; design domain.md section 9.
 */
export function averageLinkage(similarity: Float64Array, size: number, least: number): number[][] {
  const alike = Float64Array.from(similarity)
  const members: number[][] = Array.from({ length: size }, (_, at) => [at])
  const found: number[][] = []
  const open = new OpenClusters(size)
  const chain: number[] = []
  while (open.count > 0) {
    if (chain.length === 0) chain.push(open.first())
    const tip = chain.at(-1)!
    const before = chain.at(-2)
    const nearest = nearestTo(alike, size, open, tip, before)
    if (nearest < 0 || !(alike[tip * size + nearest]! >= least - SLACK)) {
      found.push(members[tip]!)
      open.close(tip)
      chain.pop()
    } else if (nearest === before) {
      chain.length -= 2
      const [kept, gone] = tip < nearest ? [tip, nearest] : [nearest, tip]
      join(alike, size, open, [kept, gone], [members[kept]!.length, members[gone]!.length])
      members[kept] = [...members[kept]!, ...members[gone]!]
    } else chain.push(nearest)
  }
  return found.map((cluster) => cluster.sort((a, b) => a - b)).sort((a, b) => a[0]! - b[0]!)
}

/** Which clusters may still be joined, each by the first of its members, ascending. */
class OpenClusters {
  readonly #at: Int32Array
  count: number

  constructor(size: number) {
    this.#at = Int32Array.from({ length: size }, (_, at) => at)
    this.count = size
  }

  first(): number {
    return this.#at[0]!
  }

  /** The open ones; do not keep it. */
  all(): Int32Array {
    return this.#at.subarray(0, this.count)
  }

  close(cluster: number): void {
    const place = this.all().indexOf(cluster)
    this.#at.copyWithin(place, place + 1, this.count)
    this.count -= 1
  }
}

/** The open cluster most like `tip`; of equals `before`, then the smallest. −1 when there is no other. */
function nearestTo(
  alike: Float64Array,
  size: number,
  open: OpenClusters,
  tip: number,
  before: number | undefined,
): number {
  let nearest = before ?? -1
  let most = nearest < 0 ? Number.NEGATIVE_INFINITY : alike[tip * size + nearest]!
  const row = tip * size
  for (const other of open.all()) {
    if (other === tip) continue
    const value = alike[row + other]!
    if (value > most) {
      most = value
      nearest = other
    }
  }
  return nearest
}

/** Makes two clusters one, in the place of the first; the averages of others with it are those of both by their sizes. */
function join(
  alike: Float64Array,
  size: number,
  open: OpenClusters,
  [kept, gone]: readonly [number, number],
  [ours, theirs]: readonly [number, number],
): void {
  open.close(gone)
  const whole = ours + theirs
  for (const other of open.all()) {
    if (other === kept) continue
    const average = (ours * alike[other * size + kept]! + theirs * alike[other * size + gone]!) / whole
    alike[other * size + kept] = average
    alike[kept * size + other] = average
  }
}

import { z } from 'zod'
import type { InstrumentId } from '#units/ids.js'
import { type ExposureLimit, unknownTerms, within } from '../limited.js'
import { movesOf, unitsOf } from '../moves.js'
import { type ClusterReading, readingDoubt, rejectOpening, rejectUncovered, withoutRejected } from '../readings.js'
import type { Rule, RuleConstraints, RuleContext } from '../rule.js'

const NAME = 'correlation-cluster'

const schema = z.strictObject({
  max: z
    .number()
    .gt(0)
    .max(10)
    .default(0.4)
    .describe('largest exposure to one cluster, longs and shorts each, as a fraction of equity'),
  correlation: z.number().gt(0).lte(1).default(0.7).describe('average correlation from which on names are one cluster'),
  window: z.int().min(2).max(10_000).default(252).describe('sessions of returns that correlations are measured over'),
  matrix: z
    .string()
    .min(1)
    .max(4096)
    .nullable()
    .default(null)
    .describe(
      'CSV file of correlations to take in place of measured ones, relative to the system file; its first cell is their date',
    ),
  maxNames: z.int().min(1).max(10_000).default(2_000).describe('names that are clustered at most'),
  maxAge: z.int().min(1).max(10_000).default(5).describe('sessions that correlations may be old'),
})

/** Parameters of {@link correlationCluster}. */
export type CorrelationClusterParams = z.output<typeof schema>

/**
 * Keeps the longs of names that move together, and their shorts, each within a fraction of equity in every state a plan may fill
 * to. What would open or add past the limit is scaled down pro rata, as of a sector.
 *
 * Which names move together is read at every session (average linkage of shrunk correlations) and journaled. A holding of
 * which nothing is known counts to every cluster, since it may belong to any.
 * Edges   as {@link within}. A name alone is a cluster of one.
 * Errors  none. Correlations that are missing, too old or made for another threshold: what opens or adds is rejected, and so is
 *         what opens or adds to a name that they do not cover.
 * Source  design domain.md section 9; ADR 0041.
 */
export const correlationCluster: Rule<CorrelationClusterParams> = {
  name: NAME,
  summary: 'Caps the exposure to names that move together as a fraction of equity.',
  schema,
  suits: () => false,
  reads: ({ correlation: least, window, matrix, maxNames, maxAge }) => ({
    clusters: { least, window, matrix, maxNames, maxAge },
  }),
  constraints: ({ max, correlation }, { clusters }) =>
    clusters === undefined || clusters.least !== correlation ? {} : lentOf(clusters, max),
  limits: ({ max, correlation }, { clusters }) =>
    clusters === undefined || clusters.least !== correlation ? [] : limitsOf(clusters, max),
  judge(params, context) {
    const { clusters } = context
    const unknown = unknownTerms(NAME, context)
    const doubt =
      clusters !== undefined && clusters.least !== params.correlation
        ? `names are clustered from ${clusters.least} on, not yet from ${params.correlation}`
        : readingDoubt('correlations', clusters, params.maxAge, context)
    if (clusters === undefined || doubt !== null)
      return [...unknown, ...rejectOpening(NAME, doubt ?? 'no correlations have been read', context)]
    return [...unknown, ...judgeClusters(params, clusters, context)]
  },
}

function judgeClusters({ max }: CorrelationClusterParams, { clusters }: ClusterReading, context: RuleContext) {
  const place = placesIn(clusters)
  const covers = (instrument: InstrumentId): boolean => place.has(instrument)
  const rejected = rejectUncovered(NAME, 'correlations', covers, context)
  const rest = withoutRejected(rejected, context)
  const touched = new Set(movesOf(rest).moves.map(({ leg }) => place.get(leg.instrument)))
  for (const { instrument } of movesOf(rest).holdings) touched.add(place.get(instrument))
  const limits = clusters.flatMap((members, at) =>
    touched.has(at)
      ? limitsOn({ members, at, place, max }).flatMap((limit) =>
          within(rest, { ...limit, of: (id) => limit.of(id) && (covers(id) || !unitsOf(context, id).isZero()) }),
        )
      : [],
  )
  return [...rejected, ...limits]
}

/** One cluster among all: its members and its place, the place of every name, and its limit. */
interface Cluster {
  readonly members: readonly InstrumentId[]
  readonly at: number
  readonly place: ReadonlyMap<InstrumentId, number>
  readonly max: number
}

/** The two limits on a cluster; a name of which nothing is known counts to it, as to every other. */
const limitsOn = ({ members, at, place, max }: Cluster) =>
  (['long', 'short'] as const).map((measure) => ({
    rule: NAME,
    what: `${measure === 'long' ? 'exposure' : 'short exposure'} to the cluster of ${labelOf(members)}`,
    measure,
    max,
    of: (id: InstrumentId): boolean => (place.get(id) ?? at) === at,
  }))

/** The limits on all clusters. */
function limitsOf({ clusters }: ClusterReading, max: number): readonly ExposureLimit[] {
  const place = placesIn(clusters)
  return clusters.flatMap((members, at) => limitsOn({ members, at, place, max }))
}

const placesIn = (clusters: ClusterReading['clusters']): ReadonlyMap<InstrumentId, number> =>
  new Map(clusters.flatMap((members, at) => members.map((id) => [id, at] as const)))

/** A row for each cluster of several names, a bound for a name alone. */
function lentOf({ clusters }: ClusterReading, max: number): RuleConstraints {
  const alone = clusters.flatMap((members) =>
    members.length === 1 ? [[members[0]!, { lower: -max, upper: max }]] : [],
  )
  return {
    perInstrument: Object.fromEntries(alone),
    groups: clusters
      .filter(({ length }) => length > 1)
      .map((members) => ({ label: labelOf(members), members, lower: -max, upper: max })),
  }
}

/** What a cluster is called: by the first of its names, which is in no other. */
const labelOf = (members: readonly InstrumentId[]): string =>
  members.length === 1 ? `${members[0]}` : `${members[0]} and ${members.length - 1} more`

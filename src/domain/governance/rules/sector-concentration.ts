import { z } from 'zod'
import type { InstrumentId } from '#units/ids.js'
import type { InstrumentSpec } from '../../instrument/spec.js'
import { byText } from '../../plan/assemble.js'
import { type ExposureLimit, unknownTerms, within } from '../limited.js'
import { movesOf } from '../moves.js'
import type { GroupLimit, Rule } from '../rule.js'

const NAME = 'sector-concentration'

/** The sector of whatever has none. */
const UNKNOWN_SECTOR = 'UNKNOWN'

const limit = z.number().gt(0).max(10)

const schema = z.strictObject({
  max: limit
    .default(0.3)
    .describe(
      'largest exposure to one sector, longs and shorts each, as a fraction of equity; names without one are UNKNOWN',
    ),
  perSector: z.record(z.string().min(1), limit).default({}).describe('limits of single sectors, instead of max'),
})

/** Parameters of {@link sectorConcentration}. */
export type SectorConcentrationParams = z.output<typeof schema>

/**
 * Keeps the longs of a sector, and its shorts, each within a fraction of equity in every state a plan may fill to: what would
 * open or add to positions of a sector past its limit is scaled down pro rata.
 *
 * To the optimiser it lends a row a sector. Where shorts are allowed a row bounds their balance only: what the check cuts
 * then is the rest. Edges as {@link within}. Source: design domain.md section 9.
 */
export const sectorConcentration: Rule<SectorConcentrationParams> = {
  name: NAME,
  summary: 'Caps the exposure to one sector as a fraction of equity.',
  schema,
  suits: (universe) => universe.some(({ sector }) => sector !== undefined),
  constraints: (params, { universe }) => ({
    groups: sectorsOf(universe).map((sector) => groupOf(sector, params, universe)),
  }),
  limits: (params, { universe }) => {
    const sectors = new Map(universe.map((spec) => [spec.id, sectorIn(spec)]))
    return [...new Set([...sectorsOf(universe), UNKNOWN_SECTOR])].flatMap((sector) =>
      limitsOn(sector, params, (instrument) => (sectors.get(instrument) ?? UNKNOWN_SECTOR) === sector),
    )
  },
  judge(params, context) {
    const { holdings, moves } = movesOf(context)
    const sectorOf = (instrument: InstrumentId): string => sectorIn(context.specs[instrument])
    const names = [...holdings.map(({ instrument }) => instrument), ...moves.map(({ leg }) => leg.instrument)]
    const sectors = [...new Set(names.map(sectorOf))].sort(byText)
    return [
      ...unknownTerms(NAME, context),
      ...sectors
        .flatMap((sector) => limitsOn(sector, params, (instrument) => sectorOf(instrument) === sector))
        .flatMap((limit) => within(context, limit)),
    ]
  },
}

/** The two limits on a sector. */
const limitsOn = (
  sector: string,
  params: SectorConcentrationParams,
  of: (instrument: InstrumentId) => boolean,
): readonly ExposureLimit[] =>
  (['long', 'short'] as const).map((measure) => ({
    rule: NAME,
    what: measure === 'long' ? `exposure to ${sector}` : `short exposure to ${sector}`,
    measure,
    max: maxOf(params, sector),
    of,
  }))

const sectorIn = (spec: InstrumentSpec | undefined): string => spec?.sector ?? UNKNOWN_SECTOR

const sectorsOf = (universe: readonly InstrumentSpec[]): readonly string[] =>
  [...new Set(universe.map(sectorIn))].sort(byText)

const maxOf = ({ max, perSector }: SectorConcentrationParams, sector: string): number =>
  Object.hasOwn(perSector, sector) ? perSector[sector]! : max

function groupOf(sector: string, params: SectorConcentrationParams, universe: readonly InstrumentSpec[]): GroupLimit {
  const members = universe.filter((spec) => sectorIn(spec) === sector).map(({ id }) => id)
  const upper = maxOf(params, sector)
  return { label: sector, members, lower: -upper, upper }
}

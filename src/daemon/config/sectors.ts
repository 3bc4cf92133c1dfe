import { dirname } from 'node:path'
import { readSectors } from '#adapters/reference/sectors.js'
import { Fault } from '#units/fault.js'
import { accept, type Outcome, refuse } from '#units/outcome.js'
import { within } from './portfolio-files.js'
import type { PortfolioSettings } from './portfolio-schema.js'

/** Sectors by symbol, of symbols that state none themselves. */
export type Sectors = ReadonlyMap<string, string>

/** The sectors file that a portfolio file names, relative to it; none where it names none. Refuses what cannot be read. */
export function sectorsFor({ sectors }: PortfolioSettings, file: string): Outcome<Sectors> {
  if (sectors === null) return accept(new Map())
  try {
    return accept(readSectors(within(dirname(file), sectors)))
  } catch (error) {
    if (error instanceof Fault) return refuse(error.code, error.message)
    throw error
  }
}

/** A portfolio file with the sectors of its symbols filled in. */
export const withSectors = (settings: PortfolioSettings, sectors: Sectors): PortfolioSettings => ({
  ...settings,
  universe: settings.universe.map((spec) => {
    const sector = spec.sector ?? sectors.get(spec.id)
    return sector === undefined ? spec : { ...spec, sector }
  }),
})

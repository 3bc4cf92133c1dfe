import type { PortfolioId } from '#units/ids.js'

/** The state has moved on from the version a proposal was made for. */
export class VersionConflict extends Error {
  override readonly name = 'VersionConflict'

  constructor(
    readonly portfolio: PortfolioId,
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`${portfolio} is at version ${actual}, not ${expected}`)
  }
}

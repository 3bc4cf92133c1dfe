import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { due, NOTHING_DUE } from '#domain/trigger.js'
import { Screen } from '#runtime/screen/screen.js'
import { portfolioId } from '#units/ids.js'
import { bookCommands } from './screen-books.js'
import { marketCommands } from './screen-market.js'
import { BOOKS, opened } from './screen-world.js'

const RUNS = Number(process.env.BALLAST_SEQUENCES ?? 300)
const IDS = Array.from({ length: BOOKS }, (_, at) => portfolioId(`book-${at}`))
/** Between two looks one or several things happen, now and then nothing. */
const histories = fc.array(fc.array(fc.oneof(...marketCommands, ...bookCommands), { maxLength: 4 }), {
  minLength: 5,
  maxLength: 40,
  size: 'max',
})

describe('the screen of a pulse', () => {
  it('never answers otherwise than due does, whatever happened to prices and books', () => {
    const counts = { quiet: 0, remembered: 0, triggers: 0, blocked: 0 }
    fc.assert(
      fc.property(histories, (history) => {
        const world = opened()
        const screen = new Screen()
        for (const happened of history) {
          for (const command of happened) command(world)
          screen.look(world.view)
          for (const [at, id] of IDS.entries()) {
            const state = world.states[at]!
            const truth = due(state, world.view)
            const known = screen.known(id, state)
            if (known !== null) expect(known).toEqual(truth)
            else screen.learn(id, state, truth)
            if (truth.trigger !== null) counts.triggers += 1
            if (truth.blocked.length > 0) counts.blocked += 1
            if (known === NOTHING_DUE) counts.quiet += 1
            else if (known !== null) counts.remembered += 1
          }
        }
      }),
      { numRuns: RUNS },
    )
    expect(counts.quiet, 'bands must answer often, or nothing was tried').toBeGreaterThan(5 * RUNS)
    expect(counts.triggers).toBeGreaterThan(RUNS)
    expect(counts.blocked).toBeGreaterThan(RUNS)
    expect(counts.remembered).toBeGreaterThan(RUNS / 10)
  })
})

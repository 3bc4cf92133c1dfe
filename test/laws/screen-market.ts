import fc from 'fast-check'
import type { BarSize, Quote } from '#domain/market.js'
import type { InstrumentId } from '#units/ids.js'
import { price } from '#units/money.js'
import { addDays, instant, sessionDate } from '#units/time.js'
import { byId } from '../unit/domain/targets/fixtures.js'
import { type Command, NAMES, name, prices, quote } from './screen-world.js'

const quoted =
  (changes: Readonly<Record<InstrumentId, Quote | null>>): Command =>
  (world) => {
    const all = Object.entries({ ...world.view.quotes, ...changes }).filter(
      (row): row is [string, Quote] => row[1] !== null,
    )
    world.view = { ...world.view, quotes: byId(Object.fromEntries(all)) }
  }

/** A price that comes, moves, is bad, old or doubted, or is not there. */
const priced = fc
  .tuple(
    name,
    prices,
    fc.constantFrom(
      'fresh',
      'fresh',
      'fresh',
      'stale',
      'old',
      'doubted',
      'missing',
      '0',
      '-0',
      '-25',
      'NaN',
      'Infinity',
    ),
  )
  .map(
    ([of, text, how]): Command =>
      (world) => {
        const { at } = world.view
        if (how === 'missing') return quoted(byId({ [of]: null }))(world)
        const fresh = quote(text, { at })
        if (how === 'fresh') return quoted(byId({ [of]: fresh }))(world)
        if (how === 'stale') return quoted(byId({ [of]: { ...fresh, sessionsOld: 2 } }))(world)
        if (how === 'old') return quoted(byId({ [of]: { ...fresh, at: instant(at - 4 * 86_400_000 + 500) } }))(world)
        if (how === 'doubted') return quoted(byId({ [of]: { ...fresh, doubt: 'jumped' } }))(world)
        quoted(byId({ [of]: quote(how, { at }) }))(world)
      },
  )

/** Every price anew at its own value, as a feed's bars do, or a little beside it. */
const barred = fc
  .array(fc.constantFrom('1', '1.001', '0.98', '1.05'), { minLength: NAMES.length, maxLength: NAMES.length })
  .map(
    (factors): Command =>
      (world) => {
        const { at, quotes } = world.view
        const next = NAMES.map((of, index) => {
          const last = quotes[of]?.price ?? price('25')
          const base = last.isFinite() && last.gt('1e-6') && last.lt('1e6') ? last : price('25')
          return [of, { price: price(base.times(factors[index]!)), at, sessionsOld: 0 }] as const
        })
        world.view = { ...world.view, quotes: byId(Object.fromEntries(next)) }
      },
  )

/** Time goes on by less or more than a price may be old, now and then back. */
const passed = fc.constantFrom(1, 400, 1_000, 7_200_000, 64_800_000, 86_400_000, 4 * 86_400_000, -5_000).map(
  (ms): Command =>
    (world) => {
      world.view = { ...world.view, at: instant(world.view.at + ms) }
    },
)

/** Bars of another size, by which calendars and the age of prices are judged. */
const sized = fc.constantFrom<BarSize>('1d', '1d', '1m', '1mo').map(
  (barSize): Command =>
    (world) => {
      world.view = { ...world.view, barSize }
    },
)

/** The next session, the one before, or one of another month. */
const turned = fc.constantFrom(1, 1, 7, 25, -1).map(
  (days): Command =>
    (world) => {
      world.view = { ...world.view, session: addDays(world.view.session, days) }
    },
)

/** Minute bars of a day on which calendars are due, about the times at which they begin and cease to be. */
const minutes = fc
  .tuple(
    fc.constantFrom(
      '2026-11-02T14:59:59.500Z',
      '2026-11-02T20:44:59.800Z',
      '2026-10-31T23:45:00.000Z',
      '2036-01-01T23:59:59Z',
    ),
    fc.nat(999),
  )
  .map(
    ([iso, ms]): Command =>
      (world) => {
        const at = instant(Date.parse(iso) + ms)
        const quotes = Object.entries(world.view.quotes).map(([of, quote]) => [of, { ...quote, at, sessionsOld: 0 }])
        const session = sessionDate(iso.slice(0, 10))
        world.view = { at, session, barSize: '1m', quotes: byId(Object.fromEntries(quotes)) }
      },
  )

/** What may happen to a market between two looks. */
export const marketCommands: readonly fc.WeightedArbitrary<Command>[] = [
  { weight: 1, arbitrary: priced },
  { weight: 3, arbitrary: barred },
  { weight: 1, arbitrary: passed },
  { weight: 1, arbitrary: turned },
  { weight: 1, arbitrary: sized },
  { weight: 1, arbitrary: minutes },
]

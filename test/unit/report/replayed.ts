import { nativeSolver } from '#adapters/solver/native.js'
import { type Assembly, assemble } from '#daemon/assemble.js'
import { replay } from '#daemon/replay.js'
import type { PortfolioPolicy } from '#domain/policy.js'
import type { Log } from '#ports/log.js'
import type { PriceHistory } from '#ports/market-feed.js'
import type { Staged } from '#runtime/actor.js'
import { instrumentId, portfolioId } from '#units/ids.js'
import { money, noMoney, price, quantity } from '#units/money.js'
import { addDays, instant, sessionDate } from '#units/time.js'

const NAMES = ['AAA', 'BBB', 'CCC'].map(instrumentId)

/**
 * Daily closes of three instruments that swing against each other, so that weights drift and equity falls and rises.
 * The last one is first priced on the tenth session.
 */
export function swings(sessions: number): PriceHistory {
  const first = sessionDate('2020-01-01')
  return {
    barSize: '1d',
    instruments: NAMES,
    dropped: [],
    sessions: Array.from({ length: sessions }, (_, at) => {
      const session = addDays(first, at)
      const close = (index: number): string => (50 * (index + 1) * (1 + 0.3 * Math.sin(at / 4 + 2 * index))).toFixed(2)
      return {
        session,
        at: instant(Date.parse(`${session}T21:00:00Z`)),
        closes: Object.fromEntries(NAMES.slice(0, at < 9 ? 2 : 3).map((name, index) => [name, close(index)])),
      }
    }),
  }
}

/** A portfolio that holds the three in equal parts and rebalances on drift. */
export const equalParts: PortfolioPolicy = {
  id: portfolioId('equal'),
  name: 'Equal parts',
  mode: 'paper',
  gateway: 'paper',
  currency: 'USD',
  initialCash: money('100000'),
  universe: NAMES.map((id) => ({
    id,
    class: 'equity',
    currency: 'USD',
    tick: price('0.01'),
    lot: quantity('1'),
    multiplier: '1',
    shortable: false,
    minNotional: noMoney,
    settlementDays: 1,
  })),
  targets: {
    name: 'fixed',
    params: { weights: { AAA: 0.3, BBB: 0.3, CCC: 0.3 } },
    cashReserve: 0.05,
    minWeight: 0.001,
  },
  optimiser: {
    confidence: 0.95,
    riskAversion: 1,
    returnWeight: 0,
    holdingPeriods: 12,
    bounds: { min: 0, max: 0.5, cash: [0.01, 0.2], perInstrument: {} },
    turnover: null,
    scenarios: { minimum: 5, maximum: 60 },
    tolerance: 1e-8,
    timeoutMs: 60_000,
  },
  triggers: {
    drift: { type: 'relative', band: 0.1, relativeFloor: 0.01, perInstrument: {}, includeCash: false },
    calendar: null,
    cash: null,
    cooldownDays: 0,
    maxRunsPerDay: 1,
  },
  orders: {
    minOrder: money('1'),
    collar: 0.05,
    notAfterMs: 60_000,
    ackTimeoutMs: 5_000,
    fillTimeoutMs: 1_800_000,
    allowUnsettled: true,
  },
  costs: { name: 'simple', params: {} },
  governance: [],
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

/** A real engine over a state directory, on these prices; the caller closes it. */
export const engineOver = (
  stateDir: string,
  history: PriceHistory,
  onStep: (staged: Staged) => void = () => undefined,
): Promise<Assembly> =>
  assemble({
    stateDir,
    policies: [equalParts],
    history,
    seed: 'report',
    venue: {},
    solver: nativeSolver(),
    log: silent,
    metrics: { count() {}, gauge() {}, observe() {} },
    onStep,
    onFatal: (error) => {
      throw error
    },
  })

/** Plays prices to the session with this number, from 1, or to their end. */
export function playTo(assembly: Assembly, history: PriceHistory, last = history.sessions.length): Promise<void> {
  const stop = new AbortController()
  return replay(assembly, {
    history,
    speed: 0,
    signal: stop.signal,
    onSession: (_bars, number) => {
      if (number === last) stop.abort()
    },
  })
}

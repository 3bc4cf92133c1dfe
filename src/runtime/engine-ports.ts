import type { BlockedTrigger } from '#domain/trigger.js'
import type { VolatilityReading } from '#domain/volatility/standing.js'
import type { Clock } from '#ports/clock.js'
import type { Gateway } from '#ports/gateway.js'
import type { Journal } from '#ports/journal.js'
import type { Log } from '#ports/log.js'
import type { Market } from '#ports/market.js'
import type { Metrics } from '#ports/metrics.js'
import type { ReferenceFiles } from '#ports/reference-files.js'
import type { Solver } from '#ports/solver.js'
import type { PortfolioId } from '#units/ids.js'
import type { Staged } from './actor.js'
import type { Breath } from './breath.js'
import type { RoomLimits } from './room.js'
import type { OnScenarios } from './targeting.js'

/** Everything the engine reaches the world through. */
export interface EnginePorts {
  readonly journal: Journal
  readonly gateway: Gateway
  readonly market: Market
  readonly solver: Solver
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  /** Files that rules take their inputs from; absent where there are none. */
  readonly files?: ReferenceFiles
  /** Why no new run may begin now, null when it may: no prices, no gateway, no room. What is under way goes on. */
  readonly heldBack?: () => string | null
  /** Events that may wait to be written before new runs give way; default: what a daemon holds without strain. */
  readonly room?: RoomLimits
  /** Looks for the kill file: its reason, null when it is not there. */
  readonly killed?: () => string | null
  /** Readings of volatility in a file by its name in a policy, oldest first; absent where no file can be read. */
  readonly volatility?: (file: string) => readonly VolatilityReading[]
  /** Comes between the parts of long work; a turn of the event loop unless given. A simulation has no other turns. */
  readonly breathe?: Breath
  /** Told of every step once it is on disk. */
  readonly onStep: (staged: Staged) => void
  /** Told of the scenarios of each run as they are made. */
  readonly onScenarios?: OnScenarios
  /** Told of triggers that were due but may not fire. */
  readonly onBlocked: (portfolio: PortfolioId, blocked: readonly BlockedTrigger[]) => void
  /** The journal failed: end the process. */
  readonly onFatal: (error: unknown) => void
}

import type { InstrumentId } from '#units/ids.js'
import { groupName, type Lending } from '../governance/lending.js'
import type { GroupLimit } from '../governance/rule.js'
import type { GroupRow, MeanCvarProblem } from './mean-cvar.js'

/** A problem's columns, the bounds of each and of cash. */
export interface Room extends Pick<MeanCvarProblem, 'lower' | 'upper' | 'cash'> {
  readonly instruments: readonly InstrumentId[]
}

/**
 * The rows of a problem for the limits that rules lend on sums of weights, without those that bounds and cash keep anyway: a
 * row that cannot bind costs time and says nothing. Members of a group that are no column are not held, and weigh nothing.
 */
export function lentRows(room: Room, lending: Lending): Pick<MeanCvarProblem, 'groups' | 'leverage'> {
  const groups = lending.groups.flatMap((group): readonly GroupRow[] => {
    const coefficients = Float64Array.from(room.instruments, (id) => coefficientIn(group, id))
    const { lowest, highest } = reach(room, coefficients)
    const upper = group.upper !== undefined && highest > group.upper ? { upper: group.upper } : {}
    const lower = group.lower !== undefined && lowest < group.lower ? { lower: group.lower } : {}
    const row = { name: groupName(group), coefficients, ...lower, ...upper }
    return 'upper' in row || 'lower' in row ? [row] : []
  })
  const { gross } = lending
  return {
    ...(groups.length > 0 && { groups }),
    ...(gross !== null && mostGross(room) > gross.most && { leverage: gross.most }),
  }
}

/** What a weight counts for in a group. */
const coefficientIn = ({ members, coefficients }: GroupLimit, id: InstrumentId): number =>
  members.includes(id) ? (coefficients?.[id] ?? 1) : 0

/** Between what the sum of some weights can be; nothing is bought with more than there is beside the least cash. */
function reach(room: Room, coefficients: Float64Array): { readonly lowest: number; readonly highest: number } {
  const sum = (of: (low: number, high: number) => number): number =>
    coefficients.reduce((all, each, column) => all + of(each * room.lower[column]!, each * room.upper[column]!), 0)
  const [lowest, highest] = [sum(Math.min), sum(Math.max)]
  const invested = 1 - room.cash.lower
  if (!isLong(room))
    return { lowest, highest: coefficients.every((each) => each === 1) ? Math.min(highest, invested) : highest }
  const [least, most] = [Math.min(0, ...coefficients), Math.max(0, ...coefficients)]
  return { lowest: Math.max(lowest, least * invested), highest: Math.min(highest, most * invested) }
}

function mostGross(room: Room): number {
  const most = room.lower.reduce((sum, low, column) => sum + Math.max(Math.abs(low), Math.abs(room.upper[column]!)), 0)
  return isLong(room) ? Math.min(most, 1 - room.cash.lower) : most
}

const isLong = ({ lower }: Room): boolean => lower.every((low) => low >= 0)

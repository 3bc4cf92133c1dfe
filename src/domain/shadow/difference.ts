import { minus, money } from '#units/money.js'
import { VERDICTS, type Verdict } from '../governance/rule.js'
import { byText } from '../plan/assemble.js'
import type { TargetSet } from '../targets/target-set.js'
import type { ShadowSide } from './side.js'

/** What cash is called among the names of targets. */
const CASH = 'CASH'

/** A target weight that differs; a name that one side does not have weighs 0 there. */
export interface TargetGap {
  readonly name: string
  readonly live: number
  readonly shadow: number
}

/** What a candidate would have done otherwise than the live policy. */
export interface ShadowDifference {
  /** Σ|Δweight| ÷ 2, cash included: the share of equity that is somewhere else. Null unless both sides have targets. */
  readonly distance: number | null
  /** Largest gap first, ties by name. */
  readonly targets: readonly TargetGap[]
  /** Candidate less live, fraction of equity. */
  readonly turnover: number
  /** Candidate less live, decimal text. */
  readonly cost: string
  /** By rule, where the most severe verdicts differ; null where it gave none. */
  readonly verdicts: readonly {
    readonly rule: string
    readonly live: Verdict | null
    readonly shadow: Verdict | null
  }[]
  /** Trades that only one side would make, and those of both in other quantities. */
  readonly onlyLive: readonly string[]
  readonly onlyShadow: readonly string[]
  readonly resized: readonly { readonly leg: string; readonly live: string; readonly shadow: string }[]
}

/** Compares the two sides of one run. Cost: linear in names, legs and judgements, but for sorting. */
export function differenceOf(live: ShadowSide, shadow: ShadowSide): ShadowDifference {
  const targets = live.targets && shadow.targets ? gaps(live.targets, shadow.targets) : null
  const [mine, theirs] = [traded(live), traded(shadow)]
  const both = [...mine].filter(([leg]) => theirs.has(leg))
  return {
    distance: targets && targets.reduce((sum, gap) => sum + Math.abs(gap.shadow - gap.live), 0) / 2,
    targets: targets ?? [],
    turnover: shadow.turnover - live.turnover,
    cost: minus(money(shadow.cost), money(live.cost)).toFixed(2),
    verdicts: verdictsThatDiffer(severest(live), severest(shadow)),
    onlyLive: [...mine.keys()].filter((leg) => !theirs.has(leg)),
    onlyShadow: [...theirs.keys()].filter((leg) => !mine.has(leg)),
    resized: both.flatMap(([leg, quantity]) =>
      theirs.get(leg) === quantity ? [] : [{ leg, live: quantity, shadow: theirs.get(leg)! }],
    ),
  }
}

/** True when both sides would do the same: one plan, let through alike, ended or waiting alike. */
export const isSame = (live: ShadowSide, shadow: ShadowSide, difference: ShadowDifference): boolean =>
  live.plan === shadow.plan &&
  live.status === shadow.status &&
  difference.targets.length + difference.verdicts.length === 0 &&
  difference.onlyLive.length + difference.onlyShadow.length + difference.resized.length === 0

function gaps(live: TargetSet, shadow: TargetSet): readonly TargetGap[] {
  const [mine, theirs] = [weightsOf(live), weightsOf(shadow)]
  const names = new Set([...mine.keys(), ...theirs.keys()])
  return [...names]
    .map((name) => ({ name, live: mine.get(name) ?? 0, shadow: theirs.get(name) ?? 0 }))
    .filter((gap) => gap.live !== gap.shadow)
    .sort((a, b) => Math.abs(b.shadow - b.live) - Math.abs(a.shadow - a.live) || byText(a.name, b.name))
}

const weightsOf = ({ weights, cash }: TargetSet): ReadonlyMap<string, number> =>
  new Map([...Object.entries(weights), [CASH, cash]])

/** Quantities that would be traded, by leg. */
const traded = ({ legs }: ShadowSide): ReadonlyMap<string, string> =>
  new Map(legs.filter(({ approved }) => approved !== '0').map(({ id, approved }) => [id, approved]))

function severest({ judgements }: ShadowSide): ReadonlyMap<string, Verdict> {
  const worst = new Map<string, Verdict>()
  for (const { rule, verdict } of judgements) {
    const before = worst.get(rule)
    if (before === undefined || VERDICTS.indexOf(verdict) > VERDICTS.indexOf(before)) worst.set(rule, verdict)
  }
  return worst
}

function verdictsThatDiffer(
  live: ReadonlyMap<string, Verdict>,
  shadow: ReadonlyMap<string, Verdict>,
): ShadowDifference['verdicts'] {
  const rules = new Set([...live.keys(), ...shadow.keys()])
  return [...rules]
    .sort(byText)
    .map((rule) => ({ rule, live: live.get(rule) ?? null, shadow: shadow.get(rule) ?? null }))
    .filter((row) => row.live !== row.shadow)
}

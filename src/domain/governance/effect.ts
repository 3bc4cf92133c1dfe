import type { Side } from '../book/events.js'
import type { Governed } from './govern.js'
import { severity } from './judge.js'
import type { Judgement, RuleContext, Verdict } from './rule.js'

/** What governance does to one leg. Units as plain decimal text. */
export interface LegEffect {
  readonly leg: string
  readonly symbol: string
  readonly side: Side
  readonly before: string
  /** 0 when it may not trade. */
  readonly after: string
  readonly verdict: Verdict
  /** What rules object, the most severe first; empty when none does. */
  readonly by: readonly Judgement[]
}

/** What governance does to a plan. */
export interface Effect extends Pick<Governed, 'verdict' | 'refused' | 'retryAt'> {
  readonly legs: readonly LegEffect[]
  /** What rules say of the plan as a whole, or of holdings that it does not trade; `allow` left out. */
  readonly plan: readonly Judgement[]
}

/** A plan's legs before and after it was governed, each with what the rules objected. Total. */
export function effectOf({ plan }: Pick<RuleContext, 'plan'>, governed: Governed): Effect {
  const objections = governed.judgements.filter(({ verdict }) => verdict !== 'allow')
  const whole = objections.filter(({ leg }) => leg === null)
  const onAll = whole.filter(({ verdict }) => severity(verdict) >= severity('resize'))
  const legs = plan.legs.map((leg): LegEffect => {
    const by = bySeverity([...objections.filter((row) => row.leg === leg.id), ...onAll])
    const left = governed.legs.find(({ id }) => id === leg.id)
    return {
      leg: leg.id,
      symbol: leg.instrument,
      side: leg.side,
      before: leg.quantity.toFixed(),
      after: left?.quantity.toFixed() ?? '0',
      verdict: by[0]?.verdict ?? 'allow',
      by,
    }
  })
  const { verdict, refused, retryAt } = governed
  return { verdict, refused, legs, plan: whole, ...(retryAt !== undefined && { retryAt }) }
}

const bySeverity = (rows: readonly Judgement[]): readonly Judgement[] =>
  [...rows].sort((a, b) => severity(b.verdict) - severity(a.verdict))

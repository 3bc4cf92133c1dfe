import { encode } from '#units/canonical.js'
import { byText } from '../plan/assemble.js'
import type { Chosen, PortfolioPolicy } from '../policy.js'
import type { WantedReadings } from './readings.js'
import { ruleNamed } from './registry.js'
import { type Judgement, type Rule, type RuleContext, VERDICTS, type Verdict } from './rule.js'

/** A chosen rule that is known and whose parameters its schema accepts, or why there is none. */
type Resolved = { readonly rule: Rule<unknown>; readonly params: unknown } | { readonly why: string }

/**
 * What one rule says of the original plan, failing closed: an unknown rule and parameters its schema refuses come out
 * as a `reject` of the whole plan with the reason, and so does what {@link ask} finds wrong.
 */
export function judgementsOf(chosen: Chosen, context: RuleContext): readonly Judgement[] {
  const resolved = resolve(chosen)
  if ('why' in resolved) return [ofPlan(chosen.name, 'reject', resolved.why)]
  return ask(resolved.rule, resolved.params, context)
}

/**
 * Asks a rule. One that throws, or whose judgement makes no sense (a verdict off the ladder, a multiplier outside
 * [0, 1], a leg that is not planned), rejects the whole plan. No objections are recorded as one `allow`, the evidence
 * that it ran.
 */
export function ask(rule: Rule<unknown>, params: unknown, context: RuleContext): readonly Judgement[] {
  try {
    const judgements = rule.judge(params, context)
    const fault = judgements.map((judgement) => senseless(judgement, context)).find((why) => why !== null)
    if (fault !== undefined) return [ofPlan(rule.name, 'reject', fault)]
    return judgements.length > 0 ? judgements : [ofPlan(rule.name, 'allow', 'no objection')]
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return [ofPlan(rule.name, 'reject', `the rule failed: ${message}`)]
  }
}

/** The smallest leg value each chosen rule accepts, for those that name one. */
export function smallestLegs(rules: readonly Chosen[]): readonly { readonly rule: string; readonly value: string }[] {
  return rules.flatMap((chosen) => {
    const resolved = resolve(chosen)
    if ('why' in resolved || resolved.rule.smallestLeg === undefined) return []
    return [{ rule: chosen.name, value: resolved.rule.smallestLeg(resolved.params).toFixed() }]
  })
}

/** What the chosen rules ask to be read, together; where two ask for the same kind, what the latter asks. */
export const wantedReadings = (rules: readonly Chosen[]): WantedReadings =>
  Object.assign(
    {},
    ...rules.map((chosen) => {
      const resolved = resolve(chosen)
      return 'why' in resolved ? {} : resolved.rule.reads?.(resolved.params)
    }),
  )

/** Returns that what a policy's rules ask for is measured on, at most. */
export function returnsRead({ governance }: Pick<PortfolioPolicy, 'governance'>): number {
  const { clusters, betas } = wantedReadings(governance)
  // Factors may be published as late as betas may be old.
  return Math.max(clusters?.window ?? 0, betas === undefined ? 0 : betas.window + betas.maxAge)
}

/** Rank of a verdict on the ladder, 0 for `allow`. */
export const severity = (verdict: Verdict): number => VERDICTS.indexOf(verdict)

/** Judgements in an order that does not depend on the order of the rules: plan first, then by leg, rule and content. */
export const inOrder = (judgements: readonly Judgement[]): readonly Judgement[] =>
  [...judgements].sort(
    (a, b) =>
      byText(a.leg ?? '', b.leg ?? '') ||
      byText(a.rule, b.rule) ||
      severity(b.verdict) - severity(a.verdict) ||
      byText(encode(a), encode(b)),
  )

/** What choices came to: a policy's rules are asked for again with every plan. */
const known = new WeakMap<Chosen, Resolved>()

/** The rule and parameters of a choice, or why there are none. */
export function resolve(chosen: Chosen): Resolved {
  const resolved = known.get(chosen) ?? parsed(chosen)
  known.set(chosen, resolved)
  return resolved
}

/** The parameters that rules have been chosen with for one of them; null where it is not, or its schema refuses them. */
export function paramsOf<Params>(rule: Rule<Params>, rules: readonly Chosen[]): Params | null {
  const chosen = rules.find(({ name }) => name === rule.name)
  const resolved = chosen && resolve(chosen)
  return resolved === undefined || 'why' in resolved ? null : (resolved.params as Params)
}

function parsed(chosen: Chosen): Resolved {
  const rule = ruleNamed(chosen.name)
  if (rule === undefined) return { why: `no rule is called ${chosen.name}` }
  const read = rule.schema.safeParse(chosen.params)
  if (read.success) return { rule, params: read.data }
  return { why: read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ') }
}

function senseless({ leg, verdict, multiplier }: Judgement, { plan }: RuleContext): string | null {
  if (severity(verdict) < 0) return `the rule gave the verdict ${verdict}`
  if (!(multiplier >= 0 && multiplier <= 1)) return `the rule gave the multiplier ${multiplier}`
  if (leg !== null && !plan.legs.some((row) => row.id === leg)) return `the rule judged ${leg}, which is not planned`
  return null
}

function ofPlan(rule: string, verdict: Verdict, reason: string): Judgement {
  return { rule, leg: null, verdict, multiplier: 1, reason, evidence: {} }
}

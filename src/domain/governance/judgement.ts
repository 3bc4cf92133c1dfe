import type { Decimal } from '#units/decimal.js'
import type { Judgement } from './rule.js'

/** What a rule says, made by its name: of one leg, or of the whole plan where `leg` is null. */
export const judgementBy =
  (rule: string) =>
  (
    leg: string | null,
    verdict: Judgement['verdict'],
    multiplier: number,
    reason: string,
    evidence: Judgement['evidence'],
  ): Judgement => ({ rule, leg, verdict, multiplier, reason, evidence })

/** A rejection of one leg. */
export const rejection = (rule: string, leg: string, reason: string, evidence: Judgement['evidence'] = {}): Judgement =>
  judgementBy(rule)(leg, 'reject', 1, reason, evidence)

/** An exact fraction of equity, for people. */
export const percent = (fraction: Decimal): string => `${fraction.times('100').toFixed(1)} %`

/** A fraction of equity in floating point, for people. */
export const percentOf = (fraction: number): string => `${(fraction * 100).toFixed(1)} %`

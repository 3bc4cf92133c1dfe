import type { PortfolioState } from '../portfolio/state.js'
import { type SizedFor, UNSIZED } from '../regime/applied.js'
import { askedSizing } from './asked.js'

/** A move of the multiplier that is worth a run of its own. Source: design domain.md section 2. */
const MULTIPLIER_STEP = 0.1

/** Slack for decimal fractions: 1 − 0.9 is a little less than 0.1 in float64. */
const SLACK = 1e-12

/** A multiplier that has moved away from what the targets were sized for, in words and figures. */
export interface MovedSizing {
  readonly why: string
  readonly evidence: { readonly from: number; readonly to: number } & SizedFor
}

/**
 * How far the multiplier has moved since targets were last sized; null for less than {@link MULTIPLIER_STEP}, and for a portfolio
 * that wants nothing. Total.
 */
export function sizingMoved(
  state: Pick<PortfolioState, 'policy' | 'regime' | 'volatility' | 'drawdown' | 'memory' | 'effective'>,
): MovedSizing | null {
  const { memory, effective } = state
  if (effective === null || Object.keys(effective.weights).length === 0) return null
  const from = (memory.sized ?? UNSIZED).multiplier
  const { multiplier: to, by } = askedSizing(state)
  if (Math.abs(to - from) < MULTIPLIER_STEP - SLACK) return null
  return { why: whyOf(by, short(from), short(to)), evidence: { from, to, ...by } }
}

function whyOf(by: SizedFor, from: number, to: number): string {
  const move = `goes from ${from} to ${to}`
  if ('drawdown' in by)
    return `sizing by the drawdown ${move}: ${(by.drawdown * 100).toFixed(1)} % below the mark count`
  if ('volatility' in by) return `sizing by volatility ${move}: its index is at ${by.volatility.toFixed(2)}`
  return `sizing by the regime ${move}: ${by.regime}`
}

/** A multiplier for people. */
const short = (multiplier: number): number => Number(multiplier.toPrecision(4))

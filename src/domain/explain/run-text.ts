import type { SizedFor } from '../regime/applied.js'
import type {
  AimExplanation,
  LegExplanation,
  RuleExplanation,
  SkipExplanation,
  TargetsExplanation,
  TriggerExplanation,
} from './explanation.js'
import { amount, counted, listed, percent } from './words.js'

/** Binding limits named in the text; the data has all of them. */
const LIMITS_SHOWN = 6

/** What started the run, and which names were past their band. */
export function triggerSentences({ kind, why, breaches }: TriggerExplanation): readonly string[] {
  if (breaches.length === 0) return [`${kind}: ${why}.`]
  const past = breaches.map(
    ({ instrument, held, target }) => `${instrument} (${percent(held)} against ${percent(target)})`,
  )
  return [`${kind}: ${why}.`, `Past their band when it began: ${listed(past)}.`]
}

/** Where the targets came from, what bound them, and what they do to risk. */
export function targetSentences(targets: TargetsExplanation | null): readonly string[] {
  if (targets === null) return ['The run has set no targets.']
  return [
    ...ladderSentences(targets),
    sourceSentence(targets),
    ...windowSentences(targets),
    ...limitSentences(targets),
    ...sizingSentences(targets),
    ...riskSentences(targets),
    ...benefitSentences(targets),
    ...noteOf(targets),
  ]
}

function sourceSentence({ source, kind, reason, status, gap, backend, iterations }: TargetsExplanation): string {
  if (kind === 'hold') return `The ${source} targets asked to hold what there is: ${reason}.`
  if (kind === 'failed') return `No targets could be set, the previous ones stay in force: ${reason}.`
  if (status === 'INFEASIBLE') return 'The earlier targets are traded towards.'
  if (status === 'NOT_NEEDED') return `The ${source} targets set their weights themselves; no optimiser was needed.`
  const effort = `${counted(iterations, 'iteration')} of ${backend}`
  return `The optimiser found ${status} weights in ${effort}, certified to a relative gap of ${gap.toExponential(1)}.`
}

/** What the kind of market or a drawdown made of the weights, and why not what it asked for. */
function sizingSentences({ sizing, kind }: TargetsExplanation): readonly string[] {
  if (sizing === null || kind !== 'targets') return []
  const { multiplier, factor } = sizing
  const by = sizedForText(sizing)
  if (multiplier === 1 && factor === 1) return [`The ${by} left the weights as they were.`]
  const room = factor < multiplier ? `, not by ${multiplier}: limits left no room for more` : ''
  return [`Every weight was multiplied by ${round(factor)} for the ${by}${room}.`]
}

function sizedForText(by: SizedFor): string {
  if ('drawdown' in by) return `drawdown of ${percent(by.drawdown)} that counts`
  return 'volatility' in by ? `volatility at ${round(by.volatility)}` : `regime ${by.regime} (${by.because})`
}

const round = (factor: number): number => Number(factor.toPrecision(4))

/** Which limits conflicted, and what was let go to have targets all the same. */
function ladderSentences({ ladder }: TargetsExplanation): readonly string[] {
  if (ladder === null) return []
  const conflict = `No portfolio meets these limits together: ${listed(ladder.conflict, LIMITS_SHOWN)}.`
  return ladder.rung === 'relaxed'
    ? [conflict, `Relaxed as little as it takes: ${listed(ladder.relaxed)}.`]
    : [conflict]
}

function windowSentences({ scenarios, excluded }: TargetsExplanation): readonly string[] {
  const window =
    scenarios.rows === 0
      ? []
      : [`It rests on ${counted(scenarios.rows, 'bar return')} from ${scenarios.from} to ${scenarios.to}.`]
  const left = excluded.map(({ instrument, reason }) => `${instrument} (${reason})`)
  return left.length === 0 ? window : [...window, `Left out of the scenarios: ${listed(left, LIMITS_SHOWN)}.`]
}

function limitSentences({ limits, status, kind }: TargetsExplanation): readonly string[] {
  if (kind !== 'targets' || status === 'NOT_NEEDED' || status === 'INFEASIBLE') return []
  if (limits.length === 0) return ['No limit was binding.']
  const named = limits.map(({ meaning, dual }) => `${meaning} (dual ${dual.toExponential(2)})`)
  return [`Binding limits: ${listed(named, LIMITS_SHOWN)}.`]
}

function riskSentences({ cvar, confidence }: TargetsExplanation): readonly string[] {
  if (cvar === null) return []
  const tail = percent(1 - confidence, 0)
  return [
    `CVaR, the mean loss in the worst ${tail} of bars, goes from ${percent(cvar.before)} to ${percent(cvar.after)}.`,
  ]
}

/** Digits of a gain or a cost in percent: both are often less than a hundredth of one. */
const FINE = 4

/** What trading to the targets is to gain and to cost, and what follows. */
function benefitSentences({ benefit }: TargetsExplanation): readonly string[] {
  if (benefit === null) return []
  const { gain, cost, ratio, holdingPeriods, pays, exempt } = benefit
  const figures = `Trading there is to gain ${percent(gain, FINE)} of equity over ${counted(holdingPeriods, 'bar')} and to cost ${percent(cost, FINE)}`
  if (exempt !== undefined) return [`${figures}; it is done whatever it gains, because ${exempt}.`]
  const more = ratio === 1 ? 'the cost' : `${ratio} times the cost`
  return [`${figures}: the gain is ${pays ? '' : 'not '}more than ${more}.`]
}

/** Names whose way to an edge is told; the data has all of them. */
const WAYS_SHOWN = 6

/** What is traded to instead of the targets. */
export function aimSentences(aim: AimExplanation | null): readonly string[] {
  if (aim === null) return []
  const { moves, stay, cash } = aim
  const ways = moves.map(({ instrument, to, target }) => `${instrument} to ${percent(to)} (target ${percent(target)})`)
  const rest = stay === 0 ? '' : ` ${counted(stay, 'holding')} ${stay === 1 ? 'stays as it is' : 'stay as they are'}.`
  const beside = `Cash goes from ${percent(cash.held)} to ${percent(cash.to)}, its target is ${percent(cash.target)}.`
  const edges =
    ways.length === 0
      ? 'Every weight is inside its band.'
      : `Traded to the edge of the bands, not to the targets: ${listed(ways, WAYS_SHOWN)}.`
  return [`${edges}${rest} ${beside}`, 'The figures of risk are those of the targets.']
}

const noteOf = ({ note, kind }: TargetsExplanation): readonly string[] =>
  note === '' || kind !== 'targets' ? [] : [`Note: ${note}.`]

/** What the rules said: how many allowed it, and each that did not. */
export function ruleSentences(rules: readonly RuleExplanation[], judged: boolean): readonly string[] {
  if (!judged) return []
  const objections = rules.filter((rule) => rule.verdict !== 'allow')
  const allowed = [...new Set(rules.filter((rule) => rule.verdict === 'allow').map((rule) => rule.rule))]
  const quiet = allowed.length === 0 ? [] : [`No objection by ${listed(allowed, LIMITS_SHOWN)}.`]
  return objections.length === 0 && quiet.length === 0
    ? ['No rule objected.']
    : [...quiet, ...objections.map(ruleSentence)]
}

function ruleSentence({ rule, leg, verdict, multiplier, reason }: RuleExplanation): string {
  const what = leg ?? 'the plan'
  if (verdict !== 'resize') return `${rule}: ${verdict} ${what}, because ${reason}.`
  const how = multiplier === 0 ? `drops ${what}` : `cuts ${what} to ${percent(multiplier)}`
  return `${rule} ${how}, because ${reason}.`
}

/** `Sell 412 TLT at 95.10 (39,181.20): 16.10 % held, 10.20 % wanted; ...`. */
export function legSentence({
  side,
  instrument,
  heldWeight,
  targetWeight,
  planned,
  approved,
  estimate,
}: LegExplanation): string {
  const size = approved ?? planned
  const weights = `${percent(heldWeight)} held, ${percent(targetWeight)} wanted`
  const what = size === null ? instrument : `${size.quantity} ${instrument} at ${size.price} (${amount(size.value)})`
  const verb = side === 'sell' ? 'Sell' : 'Buy'
  if (approved === null) return `Not allowed: ${verb.toLowerCase()} ${what}: ${weights}.`
  const cost = `estimated cost ${amount(estimate.cost)} (${estimate.bps.toFixed(1)} bps)`
  const cut = planned !== null && planned.quantity !== approved.quantity ? `, cut from ${planned.quantity}` : ''
  return `${verb} ${what}${cut}: ${weights}; ${cost}.`
}

/** A trade that was not made, and the gap it leaves. */
export const skipSentence = ({ side, instrument, reason, detail, residualWeight }: SkipExplanation): string =>
  `No ${side} of ${instrument} (${reason.replaceAll('_', ' ')}): ${detail}; it stays ${percent(Math.abs(residualWeight))} ${residualWeight >= 0 ? 'below' : 'above'} target.`

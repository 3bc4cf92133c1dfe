import { approvalSentences } from './approval.js'
import type { OrderExplanation, Passage, RunExplanation, SymbolExplanation, SymbolRun } from './explanation.js'
import { costSentence, orderSentences, orderTitle } from './order-text.js'
import {
  aimSentences,
  legSentence,
  ruleSentences,
  skipSentence,
  targetSentences,
  triggerSentences,
} from './run-text.js'
import { purposeSentences } from './task-text.js'
import { amount, counted, percent } from './words.js'

/** A run as headed sentences, in the order it happened. Passages without anything to say are left out. */
export function runText(run: RunExplanation): readonly Passage[] {
  const planned = run.plan === null ? [] : [planSentence(run)]
  return present([
    { heading: 'Trigger', lines: triggerSentences(run.trigger) },
    { heading: 'Targets', lines: purposeSentences(run) },
    { heading: 'Rules', lines: ruleSentences(run.rules, run.plan !== null) },
    { heading: 'Approval', lines: approvalSentences(run.approval, run.endedAt !== null) },
    { heading: 'Trades', lines: [...planned, ...run.legs.map(legSentence)] },
    { heading: 'Left out', lines: run.skipped.map(skipSentence) },
    { heading: 'Cost', lines: run.legs.length === 0 ? [] : [costSentence(run.cost, run.orders.length > 0)] },
    { heading: 'Orders', lines: run.orders.map(orderTitle) },
    { heading: 'Outcome', lines: outcomeSentences(run) },
  ])
}

/** An order as headed sentences: why it exists, how it was sized and released, what it cost. */
export function orderText(order: OrderExplanation): readonly Passage[] {
  return present([
    { heading: 'Trigger', lines: triggerSentences(order.trigger) },
    { heading: 'Targets', lines: [...targetSentences(order.targets), ...aimSentences(order.aim)] },
    { heading: 'Rules', lines: ruleSentences([...order.planRules, ...order.leg.changedBy], true) },
    { heading: 'Approval', lines: approvalSentences(order.approval, true) },
    ...orderSentences(order),
  ])
}

/** An instrument's part in each run, one passage a run, newest last. */
export function symbolText(symbol: SymbolExplanation): readonly Passage[] {
  return symbol.runs.map((part) => ({
    heading: `${part.portfolio} ${part.run} (${part.session}, ${part.status})`,
    lines: symbolSentences(symbol.instrument, part),
  }))
}

const present = (passages: readonly Passage[]): readonly Passage[] => passages.filter(({ lines }) => lines.length > 0)

function planSentence({ plan, legs }: RunExplanation): string {
  if (plan === null) return ''
  const buys = legs.filter((leg) => leg.side === 'buy').length
  const trades = `${counted(legs.length - buys, 'sell')} and ${counted(buys, 'buy')}`
  return `The plan ${plan.hash.slice(0, 12)} has ${trades}, a one-way turnover of ${percent(plan.turnover)}.`
}

const RESTS = 'It is not begun again before the next session, unless what rules judge by changes.'

function outcomeSentences(run: RunExplanation): readonly string[] {
  const before = `Equity was ${amount(run.before.equity)} and cash ${percent(run.before.cashWeight)} before`
  const { after } = run
  const stood =
    after === null ? `${before}.` : `${before}, ${amount(after.equity)} and ${percent(after.cashWeight)} after.`
  if (run.endedAt === null) return [`The run has not ended: it is ${run.status}.`, stood]
  const ended = `${run.status}: ${run.outcome === '' ? 'no reason was given' : run.outcome}.`
  return run.rests ? [ended, RESTS, stood] : [ended, stood]
}

function symbolSentences(instrument: string, part: SymbolRun): readonly string[] {
  const wanted =
    part.targetWeight === null
      ? `It weighed ${percent(part.heldWeight)}; the run set no targets.`
      : `It weighed ${percent(part.heldWeight)} and was to weigh ${percent(part.targetWeight)}.`
  const aimed =
    part.aimWeight === null || part.aimWeight === part.targetWeight
      ? []
      : [`The run traded to the edges of the bands: it was to be at ${percent(part.aimWeight)}.`]
  const untouched = part.legs.length === 0 && part.skipped.length === 0
  return [
    ...triggerSentences(part.trigger).slice(0, 1),
    wanted,
    ...aimed,
    ...part.limits.map(
      ({ meaning, dual }) => `The optimiser's limit that ${meaning} was binding (dual ${dual.toExponential(2)}).`,
    ),
    ...(part.excluded === null ? [] : [`The risk model left ${instrument} out: ${part.excluded}.`]),
    ...part.legs.map(legSentence),
    ...part.skipped.map(skipSentence),
    ...part.orders.map(orderTitle),
    ...(untouched ? ['It was not traded.'] : []),
  ]
}

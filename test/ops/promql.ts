import { parser } from '@prometheus-io/lezer-promql'
import type { LabelRule } from '#adapters/metrics/labels.js'

/** Label rules by metric name, as it is asked for: a histogram goes by its `_bucket`, `_sum` and `_count`. */
export type Vocabulary = ReadonlyMap<string, Readonly<Record<string, LabelRule | 'any'>>>

/** A metric with its matchers, as an expression asks for it. */
export interface Selector {
  readonly metric: string
  readonly matchers: readonly { readonly label: string; readonly op: string; readonly value: string }[]
  /** As it is written. */
  readonly text: string
}

type Tree = ReturnType<typeof parser.parse>
type SyntaxNode = Tree['topNode']

/** Labels that scraping adds to every series. */
const OF_TARGET = ['job', 'instance']

/** An expression with windows that Grafana fills in replaced by one that parses; matchers keep their variables. */
const withWindows = (expr: string): string => expr.replaceAll(/\$__\w+/g, '1m')

/** Every selector of an expression, in the order written. */
export function selectorsOf(written: string): readonly Selector[] {
  const expr = withWindows(written)
  return nodes(parser.parse(expr).topNode, 'VectorSelector').map((node) => ({
    metric: textOf(node.getChild('Identifier'), expr),
    matchers: nodes(node, 'UnquotedLabelMatcher').map((matcher) => ({
      label: textOf(matcher.getChild('LabelName'), expr),
      op: textOf(matcher.getChild('MatchOp'), expr),
      value: unquoted(textOf(matcher.getChild('StringLiteral'), expr)),
    })),
    text: textOf(node, expr),
  }))
}

/**
 * What is wrong with an expression: it does not parse, it names a metric or label that nothing exports, or it matches
 * against a value that the label never takes. Values that are Grafana variables, and `.+`, are let through.
 */
export function faultsOf(written: string, vocabulary: Vocabulary): readonly string[] {
  const expr = withWindows(written)
  const { topNode } = parser.parse(expr)
  if (unparsed(topNode)) return ['does not parse']
  const selectors = selectorsOf(expr)
  if (selectors.length === 0) return ['asks for no metric']
  return [
    ...selectors.flatMap((selector) => faultsOfSelector(selector, vocabulary)),
    ...groupings(topNode, expr, vocabulary),
  ]
}

function faultsOfSelector({ metric, matchers }: Selector, vocabulary: Vocabulary): readonly string[] {
  const labels = vocabulary.get(metric)
  if (labels === undefined) return [`there is no metric ${metric}`]
  return matchers.flatMap(({ label, op, value }) => {
    if (OF_TARGET.includes(label)) return []
    const rule = labels[label]
    if (rule === undefined) return [`${metric} has no label ${label}`]
    const values = op.includes('~') ? value.split('|') : [value]
    return values
      .filter((one) => !/^\$\w+$|^\.\+$/.test(one) && !allows(rule, one))
      .map((one) => `${metric} never has ${label}="${one}"`)
  })
}

/** Labels under `by`, `on` and `without` that none of the metrics beneath has. */
function groupings(top: SyntaxNode, expr: string, vocabulary: Vocabulary): readonly string[] {
  return nodes(top, 'GroupingLabels').flatMap((grouping) => {
    const whole = grouping.parent!.parent!
    const metrics = nodes(whole, 'VectorSelector').map((node) => textOf(node.getChild('Identifier'), expr))
    const isJoin = grouping.parent!.name === 'MatchingModifierClause'
    return nodes(grouping, 'LabelName').flatMap((node) => {
      const label = textOf(node, expr)
      if (OF_TARGET.includes(label)) return []
      const having = metrics.filter((metric) => vocabulary.get(metric)?.[label] !== undefined)
      // A join drops every series of a side that lacks the label, so both sides must have it.
      const enough = isJoin ? having.length === metrics.length : having.length > 0
      return enough ? [] : [`nothing to group by ${label} in ${textOf(whole, expr)}`]
    })
  })
}

const allows = (rule: LabelRule | 'any', value: string): boolean =>
  rule === 'any' || (rule === 'portfolio' ? false : rule instanceof RegExp ? rule.test(value) : rule.includes(value))

function nodes(top: SyntaxNode, name: string): readonly SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = top.firstChild; child !== null; child = child.nextSibling) {
    if (child.name === name) found.push(child)
    found.push(...nodes(child, name))
  }
  return found
}

function unparsed(node: SyntaxNode): boolean {
  if (node.type.isError) return true
  for (let child = node.firstChild; child !== null; child = child.nextSibling) if (unparsed(child)) return true
  return false
}

const textOf = (node: SyntaxNode | null, expr: string): string => (node === null ? '' : expr.slice(node.from, node.to))

const unquoted = (text: string): string => text.slice(1, -1)

import type { Rule } from './rule.js'
import { minimumTrade } from './rules/minimum-trade.js'
import { positionLimit } from './rules/position-limit.js'
import { priceCollar } from './rules/price-collar.js'

/** Every governance rule by name. A new rule is one file and one line here. */
export const rules: Readonly<Record<string, Rule<unknown>>> = {
  'minimum-trade': minimumTrade,
  'position-limit': positionLimit,
  'price-collar': priceCollar,
}

/** The rule of that name, if there is one. */
export const ruleNamed = (name: string): Rule<unknown> | undefined =>
  Object.hasOwn(rules, name) ? rules[name] : undefined

import { z } from 'zod'
import type { InstrumentHandler } from '#domain/instrument/handler.js'
import type { InstrumentSpec } from '#domain/instrument/spec.js'
import { instrumentId } from '#units/ids.js'
import { shownName } from './explain.js'
import { symbol } from './fields.js'
import { isRecord, paramsJsonSchema, readParams, reporter, snake } from './registry-schema.js'

/** Instrument classes by name, as `domain/instrument/registry` exports them. */
export type InstrumentClasses = Readonly<Record<string, InstrumentHandler<unknown>>>

/**
 * Schema of `{symbols, defaults, per_symbol}`: which instruments a portfolio may hold, and their terms. A symbol's terms
 * are its own over the defaults over those of its class. The answer is one spec a symbol, in the order written.
 */
export function universeSchema(classes: InstrumentClasses) {
  const terms = termsSchema(classes)
  const raw = z.record(z.string(), z.unknown())
  return z
    .strictObject({
      symbols: z.array(symbol).min(1).max(500).describe('Symbols the portfolio may hold.'),
      defaults: raw.default({}).meta({ description: 'Terms of every symbol that has none of its own.', ...terms }),
      per_symbol: z.record(symbol, raw.meta(terms)).default({}).describe('Terms of single symbols, over the defaults.'),
    })
    .transform(({ symbols, defaults, per_symbol }, context): readonly InstrumentSpec[] => {
      const report = reporter(context, symbols)
      for (const name of Object.keys(per_symbol))
        if (!symbols.includes(name)) report(['per_symbol', name], 'is not in universe.symbols')
      return symbols.flatMap((name, index) => {
        if (symbols.indexOf(name) !== index) report(['symbols', index], `${name} is listed twice`)
        const own = per_symbol[name] ?? {}
        const place = (key: PropertyKey | undefined): readonly PropertyKey[] =>
          key !== undefined && Object.hasOwn(own, key) ? ['per_symbol', name] : ['defaults']
        const spec = readSpec(classes, name, { ...defaults, ...own }, (path, message) =>
          report([...place(path[0]), ...path], message),
        )
        return spec === undefined ? [] : [spec]
      })
    })
}

function readSpec(
  classes: InstrumentClasses,
  name: string,
  terms: Readonly<Record<string, unknown>>,
  report: (path: readonly PropertyKey[], message: string) => void,
): InstrumentSpec | undefined {
  const { class: kind = 'equity', ...params } = terms
  const handler = Object.values(classes).find((entry) => entry.name === kind)
  if (handler === undefined) {
    report(['class'], `must be ${Object.keys(classes).join(' | ')}, got ${shownName(kind)}`)
    return undefined
  }
  const chosen = readParams(handler, params, report)
  return chosen === undefined ? undefined : handler.spec(instrumentId(name), chosen.params)
}

/** Terms of all classes together: which of them fit is the class's own business. */
function termsSchema(classes: InstrumentClasses): Record<string, unknown> {
  const names = Object.keys(classes).map(snake)
  const properties: Record<string, unknown> = {
    class: { enum: names, default: 'equity', description: 'Instrument class.' },
  }
  for (const handler of Object.values(classes)) {
    const own = paramsJsonSchema(handler).properties
    for (const [key, value] of Object.entries(own)) if (isRecord(value)) properties[key] ??= value
  }
  return { type: 'object', properties, additionalProperties: false }
}

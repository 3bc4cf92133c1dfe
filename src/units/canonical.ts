import { Decimal } from './decimal.js'

const DIGITS = /^-?\d+(\.\d+)?$/

/**
 * The one text of a value: JSON with sorted keys, decimals as `{"$d":"1.50"}` without trailing zeros.
 * Equal values give equal bytes on every machine, so it is what is hashed and what is stored.
 * @throws RangeError on a non-finite number (invariant I14), TypeError on anything JSON cannot carry.
 */
export const encode = (value: unknown): string => write(value, undefined)

/**
 * An encoder that remembers the text of every object it has seen, for states that share most of their parts with the
 * state before. Only for values that are never changed in place.
 */
export function rememberingEncoder(): (value: unknown) => string {
  const texts = new WeakMap<object, string>()
  return (value) => write(value, texts)
}

type Texts = WeakMap<object, string> | undefined

function write(value: unknown, texts: Texts): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return encodeNumber(value)
  if (typeof value !== 'object') throw new TypeError(`not canonical: ${typeof value} ${String(value)}`)
  if (Decimal.isDecimal(value)) return encodeDecimal(value)
  const known = texts?.get(value)
  if (known !== undefined) return known
  const text = Array.isArray(value) ? encodeArray(value, texts) : encodeRecord(value, texts)
  texts?.set(value, text)
  return text
}

const encodeArray = (items: readonly unknown[], texts: Texts): string =>
  `[${items.map((item) => write(item === undefined ? null : item, texts)).join(',')}]`

/** Reads what {@link encode} wrote. @throws SyntaxError on text that is not JSON. */
export function decode(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const digits = (value as { $d?: unknown }).$d
    return typeof digits === 'string' && DIGITS.test(digits) ? new Decimal(digits) : value
  })
}

function encodeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`not a finite number: ${value}`)
  return JSON.stringify(value)
}

function encodeDecimal(value: Decimal): string {
  if (!value.isFinite()) throw new RangeError(`not a finite decimal: ${value.toString()}`)
  return `{"$d":"${value.isZero() ? '0' : value.toFixed()}"}`
}

function encodeRecord(value: object, texts: Texts): string {
  if (!isPlain(value)) throw new TypeError(`not canonical: ${value.constructor.name}`)
  const record = value as Record<string, unknown>
  const fields: string[] = []
  for (const key of Object.keys(record).sort()) {
    const field = record[key]
    if (field !== undefined) fields.push(`${JSON.stringify(key)}:${write(field, texts)}`)
  }
  return `{${fields.join(',')}}`
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

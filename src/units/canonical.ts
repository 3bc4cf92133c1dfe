import { Decimal } from './decimal.js'

const DIGITS = /^-?\d+(\.\d+)?$/
/** Printable ASCII without quotation mark and backslash. */
const UNESCAPED = /^[ !#-[\]-~]*$/
/** Characters from which a text is remembered: shorter ones are written again as quickly as they are found. */
const WORTH_REMEMBERING = 128

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
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return encodeNumber(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value !== 'object') throw new TypeError(`not canonical: ${typeof value} ${String(value)}`)
  const known = texts?.get(value)
  if (known !== undefined) return known
  const text = encodeObject(value, texts)
  if (text.length >= WORTH_REMEMBERING) texts?.set(value, text)
  return text
}

function encodeObject(value: object, texts: Texts): string {
  if (Array.isArray(value)) return encodeArray(value, texts)
  if (isPlain(value)) return encodeRecord(value, texts)
  if (Decimal.isDecimal(value)) return encodeDecimal(value)
  throw new TypeError(`not canonical: ${value.constructor.name}`)
}

/** A string as JSON writes it. Most need no escape, which the pattern finds out faster than JSON does. */
const quoted = (text: string): string => (UNESCAPED.test(text) ? `"${text}"` : JSON.stringify(text))

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
  return String(value)
}

function encodeDecimal(value: Decimal): string {
  if (!value.isFinite()) throw new RangeError(`not a finite decimal: ${value.toString()}`)
  return `{"$d":"${value.isZero() ? '0' : value.toFixed()}"}`
}

function encodeRecord(record: Readonly<Record<string, unknown>>, texts: Texts): string {
  let fields = ''
  for (const key of Object.keys(record).sort()) {
    const field = record[key]
    if (field !== undefined) fields += `${fields === '' ? '' : ','}${quoted(key)}:${write(field, texts)}`
  }
  return `{${fields}}`
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

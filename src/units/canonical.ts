import { Decimal } from './decimal.js'

/** What canonical text can carry: JSON plus decimals; keys with an undefined value are left out. */
export type Canonical =
  | null
  | boolean
  | number
  | string
  | Decimal
  | readonly Canonical[]
  | { readonly [key: string]: unknown }

/**
 * The one text of a value: JSON with sorted keys, decimals as `{"$d":"1.50"}` without trailing zeros.
 * Equal values give equal bytes on every machine, so it is what is hashed and what is stored.
 * @throws RangeError on a non-finite number (invariant I14), TypeError on anything JSON cannot carry.
 */
export function encode(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return encodeNumber(value)
  if (Decimal.isDecimal(value)) return encodeDecimal(value)
  if (Array.isArray(value)) return `[${value.map((item) => encode(item === undefined ? null : item)).join(',')}]`
  if (typeof value === 'object' && isPlain(value)) return encodeRecord(value as Record<string, unknown>)
  throw new TypeError(`not canonical: ${typeof value} ${String(value)}`)
}

/** Reads what {@link encode} wrote. @throws SyntaxError on text that is not JSON. */
export function decode(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const digits = (value as { $d?: unknown }).$d
    return typeof digits === 'string' ? new Decimal(digits) : value
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

function encodeRecord(record: Record<string, unknown>): string {
  const fields: string[] = []
  for (const key of Object.keys(record).sort()) {
    const field = record[key]
    if (field !== undefined) fields.push(`${JSON.stringify(key)}:${encode(field)}`)
  }
  return `{${fields.join(',')}}`
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

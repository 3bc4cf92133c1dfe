/** A seeded source of numbers: the same seed gives the same campaign on every machine. */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0 || 1
  }
  /** A whole number below `bound`. */
  below(bound) {
    this.state ^= this.state << 13
    this.state ^= this.state >>> 17
    this.state ^= this.state << 5
    return (this.state >>> 0) % bound
  }
  of(list) {
    return list[this.below(list.length)]
  }
  /** True once in `n`. */
  once(n) {
    return this.below(n) === 0
  }
}

const JUNK = [
  ...[null, true, false, 0, -0, -1, 1, 2, 0.5, 1e-9, 1e308, -1e308, 2 ** 53, 2 ** 53 + 2, 999_999_999_999],
  ...['', ' ', '0', '-0', '-1', '1', '1.5', '01', '1e5', 'NaN', 'Infinity', '.5', '5.', '+1', '0x1', '1,000', '１'],
  ...[
    'null',
    'toString',
    '__proto__',
    'constructor',
    'hasOwnProperty',
    '..',
    '*',
    '>',
    'a.b',
    'a b',
    'é',
    '\u0000',
    '\ud800',
  ],
  ...['9'.repeat(41), '1'.repeat(400), 'A'.repeat(26), 'a'.repeat(64), 'x'.repeat(65), '0'.repeat(64)],
  ...['2026-02-30', '2026-02-28', '2026-02-28T00:00:00.000Z', '2026-02-30T00:00:00.000Z', '2026-02-28T24:00:00.000Z'],
  ...['buy', 'sell', 'halted', 'active', 'R-1', 'R-0', 'USD', 'MSFT', 'core', '1d', '60s', '0s'],
  ...[[], [[]], [null], [1, 2], {}, { a: 1 }, { toString: 1 }, { length: 3 }, { length: { toString: 1 } }],
]

const KEYS = ['__proto__', 'constructor', 'extra', 'toString', '', 'id', 'qty', 'version', 'a.b', 'MSFT']

/** Places in a value where something can be changed, as [parent, key]. */
function places(value, found = []) {
  if (typeof value !== 'object' || value === null) return found
  for (const key of Object.keys(value)) {
    found.push([value, key])
    places(value[key], found)
  }
  return found
}

const define = (object, key, value) =>
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })

/** A text a little different from what it was. */
export function scratched(random, text) {
  const at = random.below(text.length + 1)
  const piece = random.of([
    '',
    '0',
    '-',
    '.',
    'e',
    '"',
    '\\',
    '{',
    ']',
    ',',
    ':',
    ' ',
    '\n',
    '\t',
    'é',
    '\u0000',
    '\u2028',
    '9',
    'Z',
    'true',
  ])
  const cut = random.below(4)
  return text.slice(0, at) + piece + text.slice(at + cut)
}

/** A copy of plain data with one to three places changed, left out or added. */
export function mutated(random, sample) {
  const root = { value: structuredClone(sample) }
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const found = places(root)
    const [parent, key] = random.of(found)
    const here = parent[key]
    switch (random.below(7)) {
      case 0:
        if (Array.isArray(parent)) parent.splice(Number(key), 1)
        else delete parent[key]
        break
      case 1:
        if (typeof here === 'object' && here !== null && !Array.isArray(here))
          define(here, random.of(KEYS), structuredClone(random.of(JUNK)))
        else define(parent, key, structuredClone(random.of(JUNK)))
        break
      case 2:
        if (typeof here === 'string') define(parent, key, scratched(random, here))
        else define(parent, key, structuredClone(random.of(JUNK)))
        break
      case 3:
        define(parent, key, structuredClone(random.of(found)[0]))
        break
      case 4:
        if (typeof here === 'number')
          define(parent, key, random.of([here + 1, here - 1, -here, here * 1e9, here / 3, String(here)]))
        else define(parent, key, structuredClone(random.of(JUNK)))
        break
      case 5:
        if (Array.isArray(here) && here.length > 0) here.push(structuredClone(random.of(here)))
        else define(parent, key, structuredClone(random.of(JUNK)))
        break
      default:
        define(parent, key, structuredClone(random.of(JUNK)))
    }
    if (root.value === undefined) root.value = null
  }
  return root.value
}

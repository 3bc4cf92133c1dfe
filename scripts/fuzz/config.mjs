// The configuration's own reader on mutated and broken samples, beside ajv on the published JSON Schemas.
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { parse, stringify } from 'yaml'
import { parseSource } from '../../dist/src/daemon/config/document.js'
import { explain, toProblems } from '../../dist/src/daemon/config/explain.js'
import { portfolioSchema } from '../../dist/src/daemon/config/portfolio-schema.js'
import { registries } from '../../dist/src/daemon/config/registries.js'
import { resolvedPortfolio } from '../../dist/src/daemon/config/resolved.js'
import { systemSchema } from '../../dist/src/daemon/config/system-schema.js'
import { toPolicy } from '../../dist/src/daemon/config/to-policy.js'
import { venueSchema } from '../../dist/src/daemon/config/venue-schema.js'
import { encode } from '../../dist/src/units/canonical.js'
import { mutated, scratched } from './random.mjs'

const root = new URL('../../', import.meta.url)
const text = (path) => readFileSync(new URL(path, root), 'utf8')
const ajv = new Ajv({ strict: false })
const judge = (name) => ajv.compile(JSON.parse(text(`config/schema/${name}.schema.json`)))

const kinds = [
  ...['mean-cvar', 'core-satellite', 'inverse-vol'].map((name) => ({
    name: 'portfolio',
    sample: parse(text(`config/portfolios/${name}.yaml`)),
    schema: portfolioSchema(registries),
    judge: judge('portfolio'),
    value: (read) => encode(toPolicy(read)),
    back: resolvedPortfolio,
  })),
  {
    name: 'system',
    sample: parse(text('config/ballast.yaml')),
    schema: systemSchema,
    judge: judge('system'),
    value: JSON.stringify,
    back: (read) => read,
  },
  {
    name: 'venue',
    sample: parse(text('config/venue.yaml')),
    schema: venueSchema,
    judge: judge('venue'),
    value: JSON.stringify,
    back: (read) => read,
  },
]

function faultOf({ schema, judge: valid, value, back }, body) {
  const source = parseSource('fuzz.yaml', body)
  if (!source.ok) return { accepted: false, fault: source.refusal.every(placed) ? null : 'a problem without words' }
  const given = source.value.value
  const read = schema.safeParse(given, { error: explain })
  if (!read.success) {
    const problems = toProblems(source.value, read.error.issues)
    return { accepted: false, fault: problems.length > 0 && problems.every(placed) ? null : 'refused without a place' }
  }
  if (!valid(given)) return { accepted: true, fault: `taken against its schema: ${ajv.errorsText(valid.errors)}` }
  const again = schema.safeParse(JSON.parse(JSON.stringify(back(read.data))), { error: explain })
  if (!again.success) return { accepted: true, fault: `refused when written again: ${again.error.message}` }
  return { accepted: true, fault: value(again.data) === value(read.data) ? null : 'another value when written again' }
}

const placed = ({ message, line }) => message.length > 0 && (line === null || line >= 1)

/** Gives the reader mutated and broken files, every kind in turn. */
export function fuzzConfig(random, count) {
  const tally = { configs: count, accepted: 0, faults: [] }
  for (let n = 0; n < count; n += 1) {
    const kind = kinds[n % kinds.length]
    let body = stringify(random.once(16) ? kind.sample : mutated(random, kind.sample))
    if (random.once(4)) for (let times = 1 + random.below(3); times > 0; times -= 1) body = scratched(random, body)
    let outcome
    try {
      outcome = faultOf(kind, body)
    } catch (error) {
      outcome = { accepted: false, fault: `threw ${error.stack}` }
    }
    if (outcome.accepted) tally.accepted += 1
    if (outcome.fault !== null && tally.faults.length < 20)
      tally.faults.push({ target: kind.name, body, fault: outcome.fault })
  }
  return tally
}

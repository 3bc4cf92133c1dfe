// Fuzzes what reads from outside: wire decoders, configuration, CSV files. Nothing may throw, and what is taken must satisfy its
// schema by another judge and be the same value when written and read again.
//   npm run fuzz -- --messages 1000000 --configs 200000 [--files 20000] [--seed 1]
import { parseArgs } from 'node:util'
import { fuzzConfig } from './fuzz/config.mjs'
import { fuzzCsv } from './fuzz/csv.mjs'
import { Random } from './fuzz/random.mjs'
import { fuzzWire } from './fuzz/wire.mjs'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    configs: { type: 'string', default: '200000' },
    files: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
  },
})
const seed = Number(values.seed)
let failed = 0

for (const [name, fuzz, count] of [
  ['messages', fuzzWire, Number(values.messages)],
  ['configs', fuzzConfig, Number(values.configs)],
  ['files', fuzzCsv, Number(values.files)],
]) {
  const began = performance.now()
  const { accepted, faults, subjects } = fuzz(new Random(seed), count)
  const seconds = (performance.now() - began) / 1000
  const of = subjects === undefined ? '' : ` of ${subjects} subjects`
  console.log(
    `${count} ${name}${of}, seed ${seed}: ${faults.length} faults, ${accepted} taken, ${seconds.toFixed(1)} s, ${Math.round(count / seconds)}/s`,
  )
  for (const fault of faults) console.log(JSON.stringify(fault))
  failed += faults.length
}
process.exitCode = failed === 0 ? 0 : 1

// What rules block: node bench/blocked-legs.mjs [--data sp500,us45] [--sp500 FILE] [--us45 FILE] [--from 1995-01-01] [--out bench/results/blocked-legs.md]
// Portfolios with the standard rules over daily closes, played by the whole engine (triggers, optimiser, plan, governance, books, a journal on
// disk, the paper venue), once with the rules' limits lent to the optimiser and once with an optimiser that knows nothing of them. See README.md.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { readPriceCsv } from '../dist/src/adapters/feed/csv.js'
import { nativeSolver } from '../dist/src/adapters/solver/native.js'
import { assemble } from '../dist/src/daemon/assemble.js'
import { portfolioSchema } from '../dist/src/daemon/config/portfolio-schema.js'
import { registries } from '../dist/src/daemon/config/registries.js'
import { toPolicy } from '../dist/src/daemon/config/to-policy.js'
import { replay } from '../dist/src/daemon/replay.js'
import { hardLimits, sumOf } from '../dist/src/domain/governance/breaches.js'
import { rules } from '../dist/src/domain/governance/registry.js'
import { FINAL_RUN } from '../dist/src/domain/run.js'
import { silentLog } from '../dist/src/ports/log.js'
import { noMetrics } from '../dist/src/ports/metrics.js'

const market = (name) => fileURLToPath(new URL(`../../shared/data/market/${name}`, import.meta.url))
const { values: options } = parseArgs({
  options: {
    sp500: { type: 'string', default: market('skfolio_sp500_dataset.csv.gz') },
    us45: { type: 'string', default: market('ohlcv_us45_daily_2016_2021.csv.gz') },
    data: { type: 'string', default: 'sp500,us45' },
    from: { type: 'string', default: '1995-01-01' },
    out: { type: 'string' },
  },
})
for (const file of [options.sp500, options.us45])
  if (!existsSync(file)) {
    console.error(
      `blocked-legs: ${file} is not here, so there is nothing to play: name the files with --sp500 and --us45`,
    )
    process.exit(0)
  }

/** Sessions of history before the first that counts: what the optimiser looks back on. */
const LOOK_BACK_DAYS = 800
/** A limit with less room than this share of it is nearly missed. */
const NEAR = 0.05

/** GICS sectors of the names in the files. */
const sectorOf = Object.fromEntries(
  Object.entries({
    'Information Technology': 'AAPL AMD MSFT NVDA',
    'Communication Services': 'DIS GOOGL NWS T',
    'Consumer Discretionary': 'AMZN BBY HD MCD NKE',
    'Consumer Staples': 'KO PEP PG WMT',
    Energy: 'COP CVX RRC XOM',
    Financials: 'AIZ BAC GS JPM L WFC',
    'Health Care': 'JNJ LLY MRK PFE UNH',
    Industrials: 'AOS CAT GE HON UPS',
    Materials: 'NEM NUE SHW',
    'Real Estate': 'AMT PLD SPG',
    Utilities: 'DUK NEE SO',
  }).flatMap(([sector, names]) => names.split(' ').map((name) => [name, sector])),
)

const folder = mkdtempSync(join(tmpdir(), 'ballast-blocked-legs-'))
const start = new Date(Date.parse(options.from) - LOOK_BACK_DAYS * 86_400_000).toISOString().slice(0, 10)
const READ = {
  sp500: (file) => readPriceCsv(file, { from: start }),
  us45: (file) => readPriceCsv(adjusted(file)),
}
const DATA = Object.fromEntries(options.data.split(',').map((name) => [name, READ[name](options[name])]))

const monthly = { drift: null, calendar: { every: 'monthly', day: 1 }, cash: null, cooldown: { days: 7 } }
const banded = { drift: { type: 'absolute', band: 0.03 }, calendar: null, cash: null, cooldown: { days: 7 } }
const optimiser = (more) => ({
  ...{ holding_periods: 21, bounds: { max: 1, cash: [0.01, 0.2] }, scenarios: { minimum: 252, maximum: 504 } },
  ...more,
})
/** What each portfolio wants. None of them says anything of single names, sectors or turnover: the rules do. */
const KINDS = {
  'least CVaR, monthly': { triggers: monthly, optimiser: optimiser({ return_weight: 0 }) },
  'half the mean return, monthly': { triggers: monthly, optimiser: optimiser({ return_weight: 0.5 }) },
  'all of the mean return, monthly': { triggers: monthly, optimiser: optimiser({ return_weight: 1 }) },
  'half the mean return, bands of 3 %': { triggers: banded, optimiser: optimiser({ return_weight: 0.5 }) },
}

const [began, idle] = [performance.now(), process.cpuUsage()]
const rows = []
try {
  for (const linked of [true, false]) {
    if (!linked) unlink()
    for (const data of Object.keys(DATA)) rows.push(...(await played(data, linked)))
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const text = report()
console.log(text)
if (options.out !== undefined) writeFileSync(options.out, text)

/** Takes what they lend away from all rules: they judge as before, and the optimiser knows nothing of them. */
function unlink() {
  for (const [name, { constraints: _, ...rule }] of Object.entries(rules)) rules[name] = rule
}

/** A file of one row a name and day as one of a row a day, of closes adjusted for splits and dividends. */
function adjusted(file) {
  const [head, ...lines] = gunzipSync(readFileSync(file)).toString().trim().split('\n')
  const columns = head.split(',')
  const [date, symbol, close] = ['date', 'symbol', 'adj_close'].map((name) => columns.indexOf(name))
  const days = new Map()
  const names = new Set()
  for (const line of lines) {
    const cells = line.split(',')
    names.add(cells[symbol])
    const day = days.get(cells[date]) ?? new Map()
    days.set(cells[date], day.set(cells[symbol], cells[close]))
  }
  const sorted = [...names].sort()
  const wide = [...days].sort(([a], [b]) => (a < b ? -1 : 1))
  const path = join(folder, 'us45.csv')
  const table = wide.map(([day, of]) => [day, ...sorted.map((name) => of.get(name) ?? '')].join(','))
  writeFileSync(path, [['Date', ...sorted].join(','), ...table].join('\n'))
  return path
}

async function played(data, linked) {
  const history = DATA[data]
  const { instruments } = history
  const kinds = Object.entries(KINDS)
  const policies = kinds.map(([, kind], at) =>
    toPolicy(
      portfolioSchema(registries).parse({
        version: 1,
        id: `${data}-${at}`,
        initial_cash: '10000000.00',
        universe: {
          symbols: [...instruments],
          defaults: { tick: '0.0001' },
          per_symbol: Object.fromEntries(instruments.map((id) => [id, { sector: sectorOf[id] }])),
        },
        targets: { source: 'optimised', cash_reserve: 0.01, min_weight: 0.002 },
        costs: { model: 'simple', spread_bps: 5, slippage_bps: 5 },
        orders: { min_order: '1000.00', collar: 0.05, allow_unsettled: true },
        governance: { preset: 'standard' },
        ...kind,
      }),
    ),
  )
  const tallies = new Map(policies.map(({ id }) => [id, tally()]))
  const assembly = await assemble({
    ...{ stateDir: join(folder, `${data}-${linked}`), policies, history, seed: 'blocked-legs', log: silentLog },
    venue: { halfSpreadBps: 5, slippageBps: 5 },
    solver: nativeSolver(),
    metrics: {
      ...noMetrics,
      count: (name, { portfolio } = {}, by = 1) => {
        if (name === 'ballast_active_breaches_total') tallies.get(portfolio).active += by
      },
    },
    onStep: (staged) => take(tallies.get(staged.portfolio), staged),
    onFatal: (error) => {
      throw error
    },
  })
  await replay(assembly, {
    history,
    speed: 0,
    onSession: ({ session }, number, total) => {
      if (number % 500 === 0)
        console.error(`${data}, ${linked ? 'linked' : 'not linked'}: ${session}, ${number} of ${total}`)
    },
  })
  await assembly.close()
  return kinds.map(([kind], at) => ({ data, linked, kind, ...tallies.get(policies[at].id) }))
}

function tally() {
  return {
    ...{ runs: 0, legs: 0, blocked: 0, dropped: 0, resized: 0, near: 0, active: 0, passive: 0, cures: 0, overdue: 0 },
    ...{ last: '', by: new Map(), wave: 0 },
  }
}

function take(sums, { before, after, commit: { run } }) {
  const { breaches = [] } = after.context
  const earlier = before?.context.breaches ?? []
  const isNew = (row) => !earlier.some(({ rule, what }) => rule === row.rule && what === row.what)
  if (breaches !== earlier) sums.passive += breaches.filter(isNew).length
  if (breaches !== earlier)
    sums.overdue += breaches.filter(({ sessions }, at) => sessions > 5 && earlier[at]?.sessions === 5).length
  if (run === null || !FINAL_RUN.has(run.status) || run.id === sums.last || run.plan === null) return
  sums.last = run.id
  sums.runs += 1
  if (run.type === 'cure') sums.cures += 1
  for (const leg of run.plan.legs) legTaken(sums, run, leg)
  const { policy } = after.context
  const weights = run.after?.weights ?? {}
  for (const limit of hardLimits(policy.governance, { universe: policy.universe, held: weights })) {
    const sum = sumOf(limit, weights)
    if (sum <= limit.max && sum > limit.max * (1 - NEAR)) sums.near += 1
  }
}

/** A leg before governance and what became of it. What a later wave of buys makes up for counts as let through. */
function legTaken(sums, run, leg) {
  sums.legs += 1
  const kept = run.approved.find(({ id }) => id === leg.id)
  if (kept?.quantity.eq(leg.quantity)) return
  const objections = run.judgements.filter((row) => row.leg === leg.id || row.leg === null)
  const severe = objections.filter(({ verdict }) => ['approve', 'reject', 'halt'].includes(verdict))
  const cuts = objections.filter(({ verdict }) => verdict === 'resize')
  const kind = kept !== undefined ? 'resized' : severe.length > 0 ? 'blocked' : 'dropped'
  sums[kind] += 1
  for (const { rule } of [...severe, ...cuts]) {
    const key = `${kind} by ${rule}`
    sums.by.set(key, (sums.by.get(key) ?? 0) + 1)
  }
}

function report() {
  const percent = (part, whole) => (whole === 0 ? '-' : `${((part / whole) * 100).toFixed(2)} %`)
  const { user, system } = process.cpuUsage(idle)
  const lines = rows.map((row) => {
    const { data, linked, kind, runs, legs, blocked, dropped, resized, near, active, passive, cures, overdue } = row
    const share = percent(blocked + dropped, legs)
    return `| ${data} | ${kind} | ${linked ? 'yes' : 'no'} | ${runs} | ${legs} | ${blocked} | ${dropped} | **${share}** | ${resized} | ${near} | ${active} | ${passive} | ${cures} | ${overdue} |`
  })
  const totalOf = (data, linked) => {
    const mine = rows.filter((row) => row.data === data && row.linked === linked)
    const sum = (name) => mine.reduce((all, row) => all + row[name], 0)
    const causes = new Map()
    for (const { by } of mine) for (const [key, count] of by) causes.set(key, (causes.get(key) ?? 0) + count)
    const told = [...causes].sort((a, b) => b[1] - a[1]).map(([key, count]) => `${key} ${count}`)
    return `- **${linked ? 'With the link' : 'Without'}**: ${percent(sum('blocked') + sum('dropped'), sum('legs'))} of ${sum('legs')} legs blocked, ${percent(sum('resized'), sum('legs'))} resized, ${sum('active')} active breaches. ${told.join(', ')}.`
  }
  const totals = Object.keys(DATA).map((data) => `\`${data}\`:\n\n${totalOf(data, true)}\n${totalOf(data, false)}\n`)
  const spans = Object.entries(DATA).map(
    ([name, { instruments, sessions }]) =>
      `\`${basename(options[name])}\` (${instruments.length} stocks, adjusted closes, ${sessions[0].session} to ${sessions.at(-1).session})`,
  )
  return `# What rules block

\`node bench/blocked-legs.mjs\` over ${spans.join(' and ')}; made in ${((performance.now() - began) / 60_000).toFixed(1)} minutes (${((user + system) / 60e6).toFixed(1)} of processor time) on ${cpus()[0].model.trim()}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}.

Every line is the whole engine with the rules of the preset \`standard\`, GICS sectors, and mean-CVaR targets whose own limits are none but the cash range: what keeps a name to 25 %, a sector to 30 %
and a run to a turnover of 20 % are the rules. With the link they lend these to the optimiser as bounds and rows; without it they only judge.

A leg is blocked when nothing of it may trade: rejected, or dropped because nothing is left after a cut. A resized one trades in part and is counted apart. A near-miss is a limit with less than ${NEAR * 100} % of room at
the end of a run. An active breach is a fill of ours that takes a sum past its limit; a passive one is the market's, which a run cures after five sessions; overdue are those it did not.

| data | portfolio | linked | runs | legs before | rejected | dropped | blocked | resized | near-misses | active breaches | passive breaches | cures | overdue |
|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}

${totals.join('\n')}

**What is not modelled.** The stocks were chosen later, among those that were still large. Orders fill at the close that was decided on, at 10 bps whatever their size, so nothing is left unfilled and
prices do not move between a plan and its buys.
`
}

// How far to trade: node bench/trade-to.mjs [--data FILE] [--from 1995-01-01] [--to 2022-12-31] [--out bench/results/trade-to.md]
// The same portfolios over daily closes, played by the whole engine (triggers, optimiser, plan, governance, books, a journal on disk,
// the paper venue), once trading to the target, once to the edge of the band, once as far as it pays. See README.md.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readPriceCsv } from '../dist/src/adapters/feed/csv.js'
import { nativeSolver } from '../dist/src/adapters/solver/native.js'
import { assemble } from '../dist/src/daemon/assemble.js'
import { portfolioSchema } from '../dist/src/daemon/config/portfolio-schema.js'
import { registries } from '../dist/src/daemon/config/registries.js'
import { toPolicy } from '../dist/src/daemon/config/to-policy.js'
import { replay } from '../dist/src/daemon/replay.js'
import { FINAL_RUN } from '../dist/src/domain/run.js'
import { silentLog } from '../dist/src/ports/log.js'
import { noMetrics } from '../dist/src/ports/metrics.js'

const { values: options } = parseArgs({
  options: {
    data: {
      type: 'string',
      default: fileURLToPath(new URL('../../shared/data/market/skfolio_sp500_dataset.csv.gz', import.meta.url)),
    },
    from: { type: 'string', default: '1995-01-01' },
    to: { type: 'string', default: '2022-12-31' },
    out: { type: 'string' },
  },
})
if (!existsSync(options.data)) {
  console.error(
    `trade-to: ${options.data} is not here, so there is nothing to play: name a CSV of daily closes with --data FILE`,
  )
  process.exit(0)
}

/** Sessions of history before the first that counts: what the optimiser looks back on. */
const LOOK_BACK_DAYS = 800
const CAPITAL = 10_000_000
const CONFIDENCE = 0.95
const SESSIONS_A_YEAR = 252

const start = new Date(Date.parse(options.from) - LOOK_BACK_DAYS * 86_400_000).toISOString().slice(0, 10)
const history = readPriceCsv(options.data, { from: start, to: options.to })
const { instruments, sessions } = history

const common = {
  version: 1,
  initial_cash: `${CAPITAL}.00`,
  universe: { symbols: [...instruments], defaults: { tick: '0.0001' } },
  costs: { model: 'simple', spread_bps: 5, slippage_bps: 5 },
  orders: { min_order: '1000.00', collar: 0.05, allow_unsettled: true },
  governance: { preset: 'none', rules: { position_limit: { max: 0.3 } } },
}
const drift = (band) => ({ drift: { type: 'absolute', band }, calendar: null, cash: null, cooldown: { days: 7 } })
const FAMILIES = {
  equal: {
    words: 'equal weights of 4.9 %, 2 % cash, band 0.01',
    targets: {
      source: 'fixed',
      weights: Object.fromEntries(instruments.map((id) => [id, 0.98 / instruments.length])),
      cash: 0.02,
    },
    triggers: drift(0.01),
    tradeTo: [{ far: 'target' }, { far: 'band-edge' }],
  },
  'mean-CVaR': {
    words:
      'least CVaR at 95 % for half of the mean return of 252 to 504 days, at most 15 % a name, 1 to 10 % cash, band 0.02',
    targets: { source: 'optimised', cash_reserve: 0.01, min_weight: 0.002 },
    optimiser: {
      return_weight: 0.5,
      holding_periods: 21,
      bounds: { max: 0.15, cash: [0.01, 0.1] },
      scenarios: { minimum: 252, maximum: 504 },
    },
    triggers: drift(0.02),
    tradeTo: [{ far: 'target' }, { far: 'band-edge' }, { far: 'optimal' }, { far: 'optimal', ratio: 10 }],
  },
}
const lines = Object.entries(FAMILIES).flatMap(([family, { words: _, tradeTo, ...file }]) =>
  tradeTo.map(({ far, ratio = 1 }) => ({
    family,
    far: ratio === 1 ? far : `${far}, ratio ${ratio}`,
    file: {
      ...common,
      ...file,
      id: `${family.toLowerCase()}-${far}-${ratio}`,
      trade_to: far,
      min_benefit_ratio: ratio,
    },
  })),
)
const policies = lines.map(({ file }) => toPolicy(portfolioSchema(registries).parse(file)))

const [began, idle] = [performance.now(), process.cpuUsage()]
const folder = mkdtempSync(join(tmpdir(), 'ballast-trade-to-'))
const runs = new Map(policies.map(({ id }) => [id, []]))
const days = new Map(policies.map(({ id }) => [id, []]))
try {
  const assembly = await assemble({
    stateDir: folder,
    policies,
    history,
    seed: 'trade-to',
    venue: { halfSpreadBps: 5, slippageBps: 5 },
    solver: nativeSolver(),
    log: silentLog,
    metrics: noMetrics,
    onStep: ({ portfolio, commit: { run } }) => {
      if (run !== null && FINAL_RUN.has(run.status) && runs.get(portfolio).at(-1)?.id !== run.id)
        runs.get(portfolio).push(run)
    },
    onFatal: (error) => {
      throw error
    },
  })
  await replay(assembly, {
    history,
    speed: 0,
    onSession: ({ session }, number, total) => {
      if (number % 500 === 0) console.error(`${session}: ${number} of ${total} sessions`)
      for (const { id } of policies) {
        const { book } = assembly.engine.host.snapshot(id).context
        days.get(id).push({ session, equity: book.nav.equity.toNumber(), cash: book.accounts.cash?.toNumber() ?? 0 })
      }
    },
  })
  await assembly.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

const rows = lines.map(({ family, far, file }) => ({ family, far, ...figuresOf(file.id) }))
const text = report(rows)
console.log(text)
if (options.out !== undefined) writeFileSync(options.out, text)

/** What a portfolio did from the first session that counts. */
function figuresOf(id) {
  const counted = days.get(id).filter(({ session }) => session >= options.from)
  const years = counted.length / SESSIONS_A_YEAR
  const returns = counted.slice(1).map(({ equity }, at) => equity / counted[at].equity - 1)
  const own = runs.get(id).filter(({ session }) => session > counted[0].session)
  let [turnover, cost, orders] = [0, 0, 0]
  for (const run of own) {
    const equity = run.before.equity.toNumber()
    const side = { buy: 0, sell: 0 }
    for (const { body, value, cumulative } of Object.values(run.orders)) {
      side[body.side] += value.toNumber() / equity
      if (cumulative.gt(0)) orders += 1
    }
    turnover += Math.max(side.buy, side.sell)
    cost += run.realisedCost.toNumber() / equity
  }
  const traded = own.filter((run) => Object.values(run.orders).some(({ cumulative }) => cumulative.gt(0)))
  return {
    runs: traded.length,
    idle: own.filter(({ status }) => status === 'CANCELLED').length,
    orders,
    turnover: turnover / years,
    costBps: (cost / years) * 1e4,
    cvar: tailMean(returns),
    volatility: deviation(returns) * Math.sqrt(SESSIONS_A_YEAR),
    growth: (counted.at(-1).equity / counted[0].equity) ** (1 / years) - 1,
    final: counted.at(-1).equity / counted[0].equity,
    drawdown: deepest(counted.map(({ equity }) => equity)),
    cash: counted.reduce((sum, day) => sum + day.cash / day.equity, 0) / counted.length,
  }
}

/** Mean loss of the worst 5 % of days; a day that the tail needs in part counts in part. */
function tailMean(returns) {
  const losses = returns.map((value) => -value).sort((a, b) => b - a)
  const mass = (1 - CONFIDENCE) * losses.length
  const whole = Math.floor(mass)
  const sum = losses.slice(0, whole).reduce((all, loss) => all + loss, 0)
  return (sum + (mass - whole) * losses[whole]) / mass
}

function deviation(returns) {
  const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length
  return Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (returns.length - 1))
}

function deepest(equities) {
  let [top, worst] = [0, 0]
  for (const equity of equities) {
    top = Math.max(top, equity)
    worst = Math.max(worst, 1 - equity / top)
  }
  return worst
}

function report(found) {
  const percent = (value, digits = 2) => `${(value * 100).toFixed(digits)} %`
  const minutes = ((performance.now() - began) / 60_000).toFixed(1)
  const { user, system } = process.cpuUsage(idle)
  const busy = ((user + system) / 60e6).toFixed(1)
  const first = sessions.find(({ session }) => session >= options.from).session
  const table = found.map(
    (row) =>
      `| ${row.family} | ${row.far} | ${row.runs} | ${row.idle} | ${row.orders} | ${percent(row.turnover, 1)} | ${row.costBps.toFixed(1)} | ${percent(row.cvar)} | ${percent(row.volatility, 1)} | ${percent(row.drawdown, 1)} | ${percent(row.cash, 1)} | ${percent(row.growth)} | ${row.final.toFixed(2)} |`,
  )
  const families = Object.entries(FAMILIES).map(([name, { words }]) => `- **${name}**: ${words}.`)
  return `# How far to trade

\`node bench/trade-to.mjs\` over \`${basename(options.data)}\` (skfolio's S&P 500 data set: ${instruments.length} stocks, adjusted daily closes),
${first} to ${sessions.at(-1).session}, ${
    days
      .values()
      .next()
      .value.filter(({ session }) => session >= options.from).length
  } sessions; made in ${minutes} minutes (${busy} of processor time) on ${cpus()[0].model.trim()}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}, Node ${process.version}.

Every line is the whole engine: drift triggers with a cooldown of 7 days, the optimiser, plans, governance, books, a journal on disk, and the
paper venue at 10 bps a trade; ten million at first, whole shares, orders of 1,000 at least.

${families.join('\n')}

| portfolio | trade_to | runs that traded | cancelled | orders | turnover a year | cost a year, bps | realised CVaR 95 %, 1 day | volatility | drawdown | cash, mean | growth a year | final value of 1 |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
${table.join('\n')}

Turnover is one-way, of equity. The first purchase, before ${options.from}, does not count.

**What is not modelled.** The stocks were chosen later, among those that were still large: all of them survived, so growth is far beyond what anybody could have had,
and only the differences between lines of a family mean anything. Prices are closes, adjusted for dividends and splits with hindsight:
dividends are reinvested free of cost and tax, and a share count is no real one. Orders fill at the close that was decided on, at 10 bps whatever their size: no impact, no gaps
between the decision and the fill, no day without trading. Cash earns nothing. One history is one sample: a difference of growth of this size
may be luck.
`
}

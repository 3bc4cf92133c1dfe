// The bench's table on the terminal.

const shown = (value, digits = 4) => (value === undefined ? '–' : String(Number(value.toPrecision(digits))))
const power = (value) => (value === undefined ? '–' : value.toExponential(1))

const COLUMNS = [
  ['contestant', 26, ({ name }) => name],
  ['median s', 10, ({ median }) => shown(median)],
  ['least s', 10, ({ least }) => shown(least)],
  ['runs', 6, ({ runs }) => String(runs)],
  ['gap', 10, ({ gap }) => power(gap)],
  ['violation', 11, ({ violation }) => power(violation)],
  ['objective', 20, ({ recomputed, objective }) => (recomputed ?? objective)?.toExponential(12) ?? '–'],
  ['iterations', 12, ({ iterations }) => shown(iterations, 9)],
  ['passes', 8, ({ passes }) => shown(passes, 9)],
  ['status', 15, ({ status, failure }) => status ?? failure?.status ?? ''],
]

const line = (cells) => cells.map((cell, k) => (k === 0 ? cell.padEnd(COLUMNS[k][1]) : cell.padStart(COLUMNS[k][1])))

/** The lines of one case. */
export function caseTable(found) {
  const { size, contestants, ratioBestPeer, ratioFastestPeer, ratioTextbook, ratioPrototype, objectiveDifference } =
    found
  const ratios = `${size}: best stated peer / ours ${shown(ratioBestPeer)}, presolve off too ${shown(ratioFastestPeer)}`
  return [
    `${ratios}, textbook ${shown(ratioTextbook)}, prototype ${shown(ratioPrototype)}`,
    ...(objectiveDifference === undefined ? [] : [`objective beside HiGHS's: ${power(objectiveDifference)} apart`]),
    line(COLUMNS.map(([title]) => title)).join(''),
    ...contestants.map((one) => line(COLUMNS.map(([, , cell]) => cell(one))).join('')),
    '',
  ].join('\n')
}

/** One line for the frontier and for many portfolios. */
export function extrasTable(extras) {
  return extras
    .map(({ size, skipped, ...figures }) => {
      const values = Object.entries(figures).map(([name, value]) => `${name} ${shown(value)}`)
      return `${size}: ${skipped ?? values.join(', ')}`
    })
    .join('\n')
}

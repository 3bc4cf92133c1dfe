/** One line of a panel: an expression and what its series are called. */
export interface Query {
  readonly expr: string
  readonly legend: string
}

/** Every series of a metric for the chosen instances; `more` are further matchers, such as `feed="bus"`. */
export const ofInstance = (metric: string, more = ''): string => selector(metric, ['instance=~"$instance"', more])

/** Every series of a metric for the chosen instances and portfolios. */
export const ofPortfolio = (metric: string, more = ''): string =>
  selector(metric, ['instance=~"$instance"', 'portfolio=~"$portfolio"', more])

/** Events a second, over the shortest window that still holds enough scrapes. */
export const perSecond = (counter: string): string => `rate(${counter}[$__rate_interval])`

/** Events in each step of a graph. */
export const perStep = (counter: string): string => `increase(${counter}[$__rate_interval])`

/** Events in the whole time range of the page, as whole numbers: `increase` extrapolates to the edges of its window. */
export const inRange = (counter: string, by: string): string => `round(sum by (${by}) (increase(${counter}[$__range])))`

/** Quantiles of a histogram's buckets, one query each, named p50 and so on. */
export const quantiles = (buckets: string, levels: readonly number[], by = ''): readonly Query[] =>
  levels.map((level) => ({
    expr: `histogram_quantile(${level}, sum by (${by === '' ? 'le' : `le, ${by}`}) (${perSecond(buckets)}))`,
    legend: by === '' ? `p${level * 100}` : `p${level * 100} {{${by}}}`,
  }))

/**
 * One number for a family of 0/1 gauges that differ in a label: 1 for the first value that is set, 2 for the second, and
 * so on. One series a portfolio, which a state timeline can then name.
 */
export const indexOf = (metric: string, label: string, values: readonly string[]): string => {
  const terms = values.map((value, index) => `${index + 1} * ${ofPortfolio(metric, `${label}="${value}"`)}`)
  return `sum by (instance, portfolio) (${terms.join(' or ')})`
}

/** {@link indexOf} of a family that differs in `state`. */
export const indexOfState = (metric: string, states: readonly string[]): string => indexOf(metric, 'state', states)

function selector(metric: string, matchers: readonly string[]): string {
  return `${metric}{${matchers.filter((text) => text !== '').join(', ')}}`
}

import { seededRandom } from './prices.js'

/**
 * Cohen's κ of two yes-or-no judgements: how much more they agree than chance would make them, 1 for always, 0 for chance.
 * NaN where one of them never changes its mind and the other agrees. Source: J. Cohen, Educ. Psychol. Meas. 20 (1960).
 */
export function kappa(a: readonly boolean[], b: readonly boolean[]): number {
  const share = (values: readonly boolean[]): number => values.filter(Boolean).length / values.length
  const agreed = share(a.map((one, at) => one === b[at]))
  const [pa, pb] = [share(a), share(b)]
  const chance = pa * pb + (1 - pa) * (1 - pb)
  return (agreed - chance) / (1 - chance)
}

/**
 * The `level` quantile of κ over resamples of whole blocks of neighbours, wrapped at the end, drawn with a seed. Blocks keep
 * what neighbouring days share. Source: D. Politis & J. Romano, circular block bootstrap (1992).
 */
export function bootstrapKappa(
  a: readonly boolean[],
  b: readonly boolean[],
  {
    seed,
    block,
    draws,
    level,
  }: { readonly seed: number; readonly block: number; readonly draws: number; readonly level: number },
): number {
  const random = seededRandom(seed)
  const values: number[] = []
  for (let draw = 0; draw < draws; draw += 1) {
    const picked: number[] = []
    while (picked.length < a.length) {
      const start = Math.floor(random() * a.length)
      for (let step = 0; step < block && picked.length < a.length; step += 1) picked.push((start + step) % a.length)
    }
    values.push(
      kappa(
        picked.map((at) => a[at]!),
        picked.map((at) => b[at]!),
      ),
    )
  }
  return values.sort((x, y) => x - y)[Math.floor(level * (draws - 1))]!
}

// The textbook linear program of a Mean-CVaR problem without costs, as LP text (Rockafellar & Uryasev 2000, eq. 17):
// minimise a + Σ u_t / ((1 − α) T)  subject to  u_t ≥ −r_t·w − a,  budget, groups, one-way turnover, bounds.
const term = (coefficient, name) => `${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} ${name}`

/** LP text of a problem with equal probabilities, groups with both sides, turnover and fully invested cash. */
export function rockafellarUryasevLp({ scenarios, confidence, lower, upper, held, groups, turnover }) {
  const { rows, columns, returns } = scenarios
  const assets = Array.from({ length: columns }, (_, i) => i)
  const times = Array.from({ length: rows }, (_, t) => t)
  const weight = 1 / ((1 - confidence) * rows)
  const lines = ['Minimize', ` obj: a ${times.map((t) => term(weight, `u${t}`)).join(' ')}`, 'Subject To']
  for (const t of times)
    lines.push(` s${t}: u${t} + a ${assets.map((i) => term(returns[t * columns + i], `w${i}`)).join(' ')} >= 0`)
  lines.push(` budget: ${assets.map((i) => term(1, `w${i}`)).join(' ')} = 1`)
  groups.forEach((group, g) => {
    const row = assets
      .filter((i) => group.coefficients[i] !== 0)
      .map((i) => term(group.coefficients[i], `w${i}`))
      .join(' ')
    lines.push(` gl${g}: ${row} >= ${group.lower}`, ` gu${g}: ${row} <= ${group.upper}`)
  })
  for (const i of assets) lines.push(` t${i}: w${i} - b${i} + x${i} = ${held[i]}`)
  lines.push(` buys: ${assets.map((i) => term(1, `b${i}`)).join(' ')} <= ${turnover}`)
  lines.push(` sells: ${assets.map((i) => term(1, `x${i}`)).join(' ')} <= ${turnover}`)
  lines.push('Bounds', ' a free', ...assets.map((i) => ` ${lower[i]} <= w${i} <= ${upper[i]}`), 'End')
  return lines.join('\n')
}

// What weights are worth, recomputed from the scenarios by code that no contestant uses. Equal probabilities only.

/** λ·CVaR_α(−R w) − mean·w with the tail's last scenario counted in part (Rockafellar & Uryasev 2002, eq. 21). */
export function objectiveOf({ scenarios, confidence, riskAversion, mean }, weights) {
  const { rows, columns, returns } = scenarios
  const losses = new Float64Array(rows)
  for (let t = 0; t < rows; t += 1) {
    let sum = 0
    for (let i = 0, at = t * columns; i < columns; i += 1) sum -= returns[at + i] * weights[i]
    losses[t] = sum
  }
  losses.sort()
  const mass = (1 - confidence) * rows
  const whole = Math.floor(mass + 1e-9)
  let tail = 0
  for (let k = 1; k <= whole; k += 1) tail += losses[rows - k]
  const part = mass - whole
  if (part > 1e-9) tail += part * losses[rows - whole - 1]
  return (riskAversion * tail) / mass - dot(mean, weights)
}

/** The largest violation of any limit, in weight units. */
export function violationOf(problem, weights) {
  const { lower, upper, held, groups, traded, leverage } = problem
  const apart = (centre) => weights.reduce((sum, weight, i) => sum + Math.abs(weight - centre(i)), 0)
  const broken = [Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1)]
  weights.forEach((weight, i) => {
    broken.push(lower[i] - weight, weight - upper[i])
  })
  for (const group of groups) {
    const value = dot(group.coefficients, weights)
    broken.push(group.lower - value, value - group.upper)
  }
  if (traded !== undefined) broken.push(apart((i) => held[i]) - traded)
  if (leverage !== undefined) broken.push(apart(() => 0) - leverage)
  return broken.reduce((most, value) => Math.max(most, value), 0)
}

function dot(left, right) {
  let sum = 0
  for (let i = 0; i < left.length; i += 1) sum += left[i] * right[i]
  return sum
}

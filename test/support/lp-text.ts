import type { LinearProgramme } from '#domain/optimise/programme/draft.js'

/** A programme in CPLEX LP format, numbers written in full, eight terms to a line: LP readers limit a line's length. */
export function lpText({ columns, rows, starts, index, value }: LinearProgramme): string {
  const listed = (terms: readonly (readonly [number, string])[]): string =>
    (terms.length === 0 ? [[0, columns[0]!.name] as const] : terms)
      .map(([coefficient, name], k) => {
        const term = `${coefficient < 0 ? '-' : '+'} ${Math.abs(coefficient)} ${name}`
        return k % 8 === 7 ? `${term}\n  ` : term
      })
      .join(' ')
  const objective = columns.flatMap(({ cost, name }) => (cost === 0 ? [] : [[cost, name] as const]))
  const subject = rows.map(({ name, sense, right }, r) => {
    const places = index.slice(starts[r], starts[r + 1])
    const terms = places.map((column, k) => [value[starts[r]! + k]!, columns[column]!.name] as const)
    return `${name}: ${listed(terms)} ${sense} ${right}`
  })
  const bounds = columns.flatMap(({ name, lower, upper, binary }) => {
    if (binary || (lower === 0 && upper === Infinity)) return []
    return lower === -Infinity ? [`${name} free`] : [`${lower} <= ${name} <= ${upper}`]
  })
  const binaries = columns.flatMap(({ name, binary }) => (binary ? [name] : []))
  const last = binaries.length === 0 ? '' : `Binaries\n ${binaries.join('\n ')}\n`
  return `Minimize\n obj: ${listed(objective)}\nSubject To\n ${subject.join('\n ')}\nBounds\n ${bounds.join('\n ')}\n${last}End\n`
}

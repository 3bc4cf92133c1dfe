import type { Source, Violation } from './source.js'
import { lineOf } from './source.js'

/**
 * Tests that a page of failures names and that do not exist, and failures without a test. A line of a test is
 * `- \`file\`: the beginning of its name`; `read` gives a file's text, undefined when there is none.
 */
export function untestedFailures(page: Source, read: (path: string) => string | undefined): Violation[] {
  const sections = [...page.text.matchAll(/^## (.+)\n([\s\S]*?)(?=^## |(?![\s\S]))/gm)]
  const report = (offset: number, what: string): Violation => ({
    rule: 'failure',
    where: `${page.path}:${lineOf(page, offset)}`,
    what,
  })
  return sections.flatMap((section) => {
    const [, name = '', body = ''] = section
    const start = section.index + section[0].length - body.length
    const named = [...body.matchAll(/^- `([^`]+)`: (.+)$/gm)]
    if (named.length === 0) return [report(section.index, `${name} has no test`)]
    return named.flatMap(({ index, 1: path = '', 2: title = '' }) => {
      const text = read(path)
      if (text === undefined) return [report(start + index, `there is no ${path}`)]
      const literal = new RegExp(`['"\`]${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)
      return literal.test(text) ? [] : [report(start + index, `${path} has no test named ${title}`)]
    })
  })
}

import Table from 'cli-table3'
import type { Passage } from '#domain/explain/explanation.js'
import type { Output } from './output.js'

/** A column: its heading, and `r` when it holds numbers. */
export type Column = readonly [heading: string, align?: 'r']

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** Rows under headings, in columns without lines; `empty` when there are none. */
export function table(output: Output, columns: readonly Column[], rows: readonly (readonly string[])[], empty: string) {
  if (rows.length === 0) return empty
  const shown = new Table({
    head: columns.map(([heading]) => output.paint('dim', heading)),
    colAligns: columns.map(([, align]) => (align === 'r' ? 'right' : 'left')),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  for (const row of rows) shown.push([...row])
  return trimmed(shown.toString())
}

/** Names and values, one pair a line. */
export function facts(output: Output, pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length))
  return pairs.map(([name, value]) => `${output.paint('dim', name.padEnd(width))}  ${value}`).join('\n')
}

/** Headed sentences, wrapped to the terminal when there is one. */
export function passages(output: Output, blocks: readonly Passage[]): string {
  const width = Math.max(...blocks.map(({ heading }) => heading.length))
  const room = (process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY) - width - 2
  return blocks
    .flatMap(({ heading, lines }) =>
      lines
        .flatMap((line) => wrapped(line, room))
        .map((line, index) => `${output.paint('dim', (index === 0 ? heading : '').padEnd(width))}  ${line}`),
    )
    .join('\n')
}

/** A text in lines of at most `width` characters, broken at spaces; a longer word stands alone. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

const trimmed = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')

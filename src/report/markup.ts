/** Text that is HTML already; everything else is escaped on its way into a page. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes: markup as it is, text and numbers escaped, lists joined, null and false as nothing. */
export type Fragment = Markup | string | number | null | false | readonly Fragment[]

/** Builds markup from a template; every value that is not {@link Markup} is escaped, in text and in quoted attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly Fragment[]): Markup {
  return new Markup(parts.reduce((text, part, index) => text + textOf(values[index - 1] ?? null) + part))
}

/** Escapes the five characters that mean something in HTML text and attributes. */
export const escapeText = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

function textOf(value: Fragment): string {
  if (value === null || value === false) return ''
  if (value instanceof Markup) return value.text
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value))
  return value.map(textOf).join('')
}

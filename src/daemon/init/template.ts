import { hold } from '#units/assert.js'

/** Fills in the places `@NAME@` of a template; each must have a value. */
export function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/@([A-Z][A-Z_]*)@/g, (place, name: string) => {
    const value = values[name]
    hold(value !== undefined, 'template-value', () => `nothing is known for ${place}`)
    return value
  })
}

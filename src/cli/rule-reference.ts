import { snake } from '#daemon/config/registry-schema.js'
import { type RuleEntry, ruleCatalogue } from '#domain/governance/catalogue.js'

const HEAD = `# Rules

Made by \`npm run reference\` from the rules themselves; do not edit. How they work together: [governance](governance.md).
`

/** The rules' reference page, in Markdown: every rule with its parameters, made from the registry. */
export function ruleReference(): string {
  return `${HEAD}\n${ruleCatalogue().map(sectionOf).join('\n')}`
}

function sectionOf({ name, summary, lends, parameters }: RuleEntry): string {
  const rows = parameters.map(
    ({ name: parameter, default: own, presets, description }) =>
      `| \`${snake(parameter)}\` | ${code(own)} | ${Object.values(presets).map(code).join(' | ')} | ${description.replaceAll('|', '\\|')} |`,
  )
  const optimiser = lends ? ' The optimiser keeps to it in what it solves.' : ''
  const head = '| parameter | default | standard | conservative | aggressive | |\n|---|---|---|---|---|---|'
  return `## ${name}\n\n\`${snake(name)}\`: ${summary}${optimiser}\n\n${head}\n${rows.join('\n')}\n`
}

const code = (value: unknown): string => `\`${JSON.stringify(value)}\``

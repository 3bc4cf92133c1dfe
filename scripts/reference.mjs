// Writes docs/commands.md from the command line itself and docs/rules.md from the rules: `npm run reference`.
import { writeFileSync } from 'node:fs'
import { program } from '../dist/src/cli/program.js'
import { commandReference } from '../dist/src/cli/reference.js'
import { ruleReference } from '../dist/src/cli/rule-reference.js'

const pages = { 'commands.md': commandReference(program()), 'rules.md': ruleReference() }
for (const [name, text] of Object.entries(pages)) {
  writeFileSync(new URL(`../docs/${name}`, import.meta.url), text)
  console.log(`docs/${name}`)
}

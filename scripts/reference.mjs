// Writes docs/commands.md from the command line itself: `npm run reference`.
import { writeFileSync } from 'node:fs'
import { program } from '../dist/src/cli/program.js'
import { commandReference } from '../dist/src/cli/reference.js'

const file = new URL('../docs/commands.md', import.meta.url)
writeFileSync(file, commandReference(program()))
console.log('docs/commands.md')

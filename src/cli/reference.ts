import type { Command } from 'commander'

/** Columns of help text in the reference, whatever the terminal. */
const WIDTH = 110

/** The command line's reference page, in Markdown: every command with its help, made from the commands themselves. */
export function commandReference(root: Command): string {
  const sections = root.commands.flatMap((command) => [command, ...command.commands])
  const titled = sections.map((command) => `## ${fullName(command)}\n\n\`\`\`\n${help(command)}\n\`\`\`\n`)
  return `# Commands\n\nMade by \`npm run reference\`; do not edit.\n\n\`\`\`\n${help(root)}\n\`\`\`\n\n${titled.join('\n')}`
}

function help(command: Command): string {
  command.configureHelp({ helpWidth: WIDTH })
  let text = ''
  command.configureOutput({
    writeOut: (chunk) => (text += chunk),
    getOutHelpWidth: () => WIDTH,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return text.trim()
}

const fullName = (command: Command): string => {
  const parent = command.parent
  return parent === null ? command.name() : `${fullName(parent)} ${command.name()}`
}

import { writeFileSync } from 'node:fs'
import { type FrontierData, frontierPage, frontierSvg } from '#report/frontier.js'
import { CliError, EXIT } from '../failure.js'

/** Draws a frontier as a file's ending asks. @throws CliError 64 on an ending that is neither .svg nor .html. */
export function plotter(file: string): (data: FrontierData) => string {
  if (/\.svg$/i.test(file)) return frontierSvg
  if (/\.html?$/i.test(file)) return frontierPage
  throw new CliError(EXIT.usage, 'USAGE', `--plot draws a .svg or a .html file, not ${file}`)
}

/** Writes a file beside the answer. @throws CliError 64 when it cannot be written. */
export function writeBeside(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CliError(EXIT.usage, 'FILE_UNWRITABLE', `cannot write ${file}: ${why}`, { path: file })
  }
}

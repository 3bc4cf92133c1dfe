import { writeFileSync } from 'node:fs'
import type { FrontierData } from '#report/frontier.js'
import { CliError, EXIT } from '../failure.js'

/** Draws a frontier as a file's ending asks. @throws CliError 64 on an ending that is neither .svg nor .html. */
export function plotter(file: string): (data: FrontierData) => Promise<string> {
  const [vector, page] = [/\.svg$/i.test(file), /\.html?$/i.test(file)]
  if (!vector && !page) throw new CliError(EXIT.usage, 'USAGE', `--plot draws a .svg or a .html file, not ${file}`)
  return async (data) => {
    const { frontierPage, frontierSvg } = await import('#report/frontier.js') // charts take half a second to load
    return vector ? frontierSvg(data) : frontierPage(data)
  }
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

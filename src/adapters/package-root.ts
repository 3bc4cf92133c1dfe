import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The directory of Ballast's own package.json, from source and from the build alike. */
export const packageRoot: string = find(dirname(fileURLToPath(import.meta.url)))

function find(directory: string): string {
  const file = join(directory, 'package.json')
  if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'ballast')
    return directory
  const parent = dirname(directory)
  if (parent === directory) throw new Error('package.json of ballast not found above the program')
  return find(parent)
}

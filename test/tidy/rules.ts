import { floors } from './floors.js'
import { purity } from './purity.js'
import { docstrings, fileSize, functionSize, words } from './shape.js'
import { parseTypeScript, type Source, type Violation } from './source.js'

/** Everything the house asks of one source file. C++ is only measured; TypeScript is parsed and read. */
export function violations(source: Source): Violation[] {
  const size = fileSize(source)
  if (!source.path.endsWith('.ts')) return size
  const file = parseTypeScript(source)
  return [...size, ...[floors, purity, functionSize, words, docstrings].flatMap((rule) => rule(file))]
}

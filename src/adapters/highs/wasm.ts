import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Highs } from 'highs'
import { packageRoot } from '../package-root.js'
import type { HighsPeer, HighsRun } from './peer.js'

/** HiGHS compiled to WebAssembly, a package that only a development install has; undefined without it. */
export async function wasmHighs(): Promise<HighsPeer | undefined> {
  const { resolve } = createRequire(join(packageRoot, 'package.json'))
  let path: string
  try {
    path = resolve('highs')
  } catch {
    return undefined
  }
  const loaded = (await import(pathToFileURL(path).href)) as { default: () => Promise<Highs> }
  const highs = await loaded.default()
  return {
    version: `HiGHS ${highs.version.string} (WebAssembly)`,
    wasm: true,
    solve: (model, options) =>
      Promise.resolve(
        highs.withModel({ format: 'mps', data: readFileSync(model) }, (instance): HighsRun => {
          instance.options.set({ output_flag: false, ...options })
          const started = performance.now()
          instance.run()
          const seconds = (performance.now() - started) / 1000
          const status = wordsOf(highs, instance.getModelStatus())
          return { status, objective: status === 'Optimal' ? instance.getObjectiveValue() : null, seconds }
        }),
      ),
  }
}

/** `timeLimit` is `Time limit`. */
function wordsOf({ constants }: Highs, code: number): string {
  const name = Object.entries(constants.modelStatus).find(([, known]) => known === code)?.[0] ?? 'unknown'
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

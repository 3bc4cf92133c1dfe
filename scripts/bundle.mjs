// Bundles the compiled command line into a few files under dist/bin. Loading some seven hundred modules one by one takes
// a process half a second of processor time, and every command, daemon and gateway starts through this one.
import { rolldown } from 'rolldown'

const bundle = await rolldown({
  input: { ballast: 'dist/src/cli/main.js' },
  platform: 'node',
  external: ['lmdb', 'pino', 'vega-datasets'], // they find native code, workers and data beside their own files
  onLog: (level, log) => {
    if (level === 'warn') throw new Error(log.message)
  },
})
await bundle.write({ dir: 'dist/bin', format: 'esm', chunkFileNames: '[name]-[hash].js', cleanDir: true })
await bundle.close()

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { packageRoot } from '#daemon/package-root.js'

const run = promisify(execFile)

it('fuzzing of what reads from outside finds no crash and no accepted garbage (a short campaign; npm run fuzz is the long one)', async () => {
  const args = ['--messages', '8000', '--configs', '120', '--files', '90', '--seed', '7']
  const { stdout } = await run(process.execPath, [join(packageRoot, 'scripts', 'fuzz.mjs'), ...args])
  const lines = [...stdout.matchAll(/^(\d+) (\w+).*: (\d+) faults, (\d+) taken/gm)]
  expect(lines.map(([, count, what, faults]) => [what, Number(count), Number(faults)])).toEqual([
    ['messages', 8000, 0],
    ['configs', 120, 0],
    ['files', 90, 0],
  ])
  for (const [, , , , taken] of lines) expect(Number(taken)).toBeGreaterThan(0)
})

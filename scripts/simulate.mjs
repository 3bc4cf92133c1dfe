// Deterministic simulation: npm run simulate -- --seeds 100000 --from 1 [--profile storm] [--jobs 2]. See docs/simulation.md.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { buildTree, FLAGS } from './simulation-tree.mjs'

const args = process.argv.slice(2)
const place = args.indexOf('--jobs')
const jobs = place < 0 ? 1 : Number(args.splice(place, 2)[1])
const main = join(buildTree('clean'), 'main.js')

const value = (name, fallback) => {
  const at = args.indexOf(`--${name}`)
  return at < 0 ? fallback : Number(args.splice(at, 2)[1])
}
const from = value('from', 1)
const seeds = value('seeds', 1000)

/** One process's share of the seeds; its exit status. */
function share(number) {
  const own = ['--from', from + number, '--stride', jobs, '--seeds', Math.ceil((seeds - number) / jobs)]
  const child = spawn(process.execPath, [...FLAGS, main, ...args, ...own.map(String)], { stdio: 'inherit' })
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)))
}

const codes = await Promise.all(Array.from({ length: jobs }, (_, number) => share(number)))
process.exitCode = Math.max(...codes)

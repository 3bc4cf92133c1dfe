// The machine of the order bench, its processes, and quantiles.

import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

const natsServer = () => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', resolve(here, '../.tools/usr/sbin')]
  const path = folders.map((folder) => join(folder, 'nats-server')).find((file) => existsSync(file))
  if (path === undefined) throw new Error('nats-server is missing: install the Debian package nats-server')
  return path
}

/** Starts nats-server on a loopback port it chooses itself. */
export async function startNats(dir) {
  mkdirSync(dir, { recursive: true })
  const child = spawn(natsServer(), ['-a', '127.0.0.1', '-p', '-1', '--ports_file_dir', dir], { stdio: 'ignore' })
  const file = join(dir, `nats-server_${child.pid}.ports`)
  const deadline = performance.now() + 20_000
  for (;;) {
    try {
      const { nats } = JSON.parse(readFileSync(file, 'utf8'))
      return { url: `nats://127.0.0.1:${new URL(nats[0]).port}`, stop: () => ended(child, () => child.kill()) }
    } catch (error) {
      if (child.exitCode !== null || performance.now() > deadline) throw error
      await pause(10)
    }
  }
}

/** Starts one of the bench's own processes and waits until it is ready. */
export async function startPart(file, options) {
  const child = fork(join(here, file), [JSON.stringify(options)])
  const asked = async (message) => {
    child.send(message)
    return (await once(child, 'message'))[0]
  }
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`${file} ended before it was ready`)
    }),
  ])
  return { asked, stop: () => ended(child, () => child.send('end')) }
}

async function ended(child, end) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  end()
  await gone
}

/** Processor, disk and Node the figures were taken on. */
export const hardwareOf = (dir) => ({
  cpu: cpus()[0].model,
  cores: cpus().length,
  disk: diskOf(dir),
  node: process.version,
})

/** What the figures were taken on. */
export function machineOf(dir) {
  return {
    ...hardwareOf(dir),
    natsServer: execFileSync(natsServer(), ['--version'], { encoding: 'utf8' }).trim().replace('nats-server: ', ''),
  }
}

/** The load averages of the last minute and the last five. */
export function load() {
  const [one, five] = loadavg().map((value) => Number(value.toFixed(2)))
  return { one, five }
}

/** File system and device the bench writes to, as far as Linux says. */
function diskOf(dir) {
  try {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .filter((fields) => `${dir}/`.startsWith(fields[4] === '/' ? '/' : `${fields[4]}/`))
      .sort((a, b) => b[4].length - a[4].length)
    const rest = mounts[0].slice(mounts[0].indexOf('-') + 1)
    return `${rest[0]} on ${rest[1].replace('/dev/', '')}`
  } catch {
    return 'unknown'
  }
}

/** The value below which that share of the values lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

/** The middle value. */
export const median = (values) => quantile(values, 0.5)

const rounded = (value) => Number(value.toFixed(3))

/** p50, p90 and p99 of milliseconds. */
export const spread = (values) => ({
  p50: rounded(quantile(values, 0.5)),
  p90: rounded(quantile(values, 0.9)),
  p99: rounded(quantile(values, 0.99)),
})

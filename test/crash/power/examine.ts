import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Image } from './images.js'

const EXAMINER = fileURLToPath(new URL('examiner.mjs', import.meta.url))
/** Images on disk at a time. */
const CHUNK = 50

/** What an image turned out to be: nothing missing, or what is wrong with it. */
export interface Finding {
  readonly kind: 'whole' | 'corrupt' | 'lost'
  readonly why: string
  readonly what: string
}

/** Examines images in a process of their own, a new one after each image that ends it; one finding an image, in order. */
export function examine(images: Iterable<Image>, dir: string): Finding[] {
  const findings: Finding[] = []
  const chunk: Image[] = []
  for (const image of images) {
    chunk.push(image)
    if (chunk.length === CHUNK) findings.push(...examined(chunk.splice(0), dir))
  }
  return [...findings, ...examined(chunk, dir)]
}

function examined(images: readonly Image[], dir: string): Finding[] {
  for (const [number, { bytes, acked }] of images.entries()) {
    const folder = join(dir, String(number))
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'data.mdb'), bytes)
    writeFileSync(join(folder, 'acked.json'), JSON.stringify(acked))
  }
  const found: Omit<Finding, 'what'>[] = []
  while (found.length < images.length) {
    const args = [EXAMINER, dir, String(found.length), String(images.length)]
    const { stdout, stderr, signal, status } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    })
    const lines = stdout.split('\n').filter((line) => line !== '')
    found.push(...lines.map((line) => JSON.parse(line) as Omit<Finding, 'what'>))
    if (signal !== null || status !== 0)
      found.push({ kind: 'corrupt', why: `it ended the process (${signal ?? status}): ${stderr.trim()}` })
  }
  rmSync(dir, { recursive: true, force: true })
  return images.map(({ what }, number) => ({ kind: 'corrupt', why: 'not examined', ...found[number], what }))
}

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { seededRandom } from '../support/prices.js'
import { examine, type Finding } from './power/examine.js'
import { type Image, images } from './power/images.js'
import { record, type Workload } from './power/record.js'

/** Images in all; the campaign `npm run powerloss` asks for more. */
const IMAGES = Number(process.env.BALLAST_IMAGES ?? 60)
const SEED = Number(process.env.BALLAST_SEED ?? 20261128)
/** Images to a recorded process, and of the control. */
const PER_RECORD = 500
const CONTROL = 30

interface Found {
  readonly images: number
  readonly operations: number
  readonly acknowledged: number
  readonly bad: readonly Finding[]
}

/** Memory if there is any to write to: what the recorded process syncs is recorded, not asked of a disk. */
function workingDir(): string {
  const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'ballast-power-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function campaign(wanted: number, workload: Pick<Workload, 'commits' | 'seed' | 'unsynced'>): Found {
  const dir = workingDir()
  const operations = record({ ...workload, dir })
  let acknowledged = 0
  function* counted(): Generator<Image> {
    for (const image of images(operations, wanted, seededRandom(workload.seed))) {
      acknowledged += Object.values(image.acked).reduce((sum, seq) => sum + seq, 0)
      yield image
    }
  }
  const findings = examine(counted(), join(dir, 'images'))
  const bad = findings.filter(({ kind }) => kind !== 'whole')
  return { images: findings.length, operations: operations.length, acknowledged, bad }
}

const rounds = Math.ceil(IMAGES / PER_RECORD)
const outcome: { synced: Found[]; control: Found[] } = { synced: [], control: [] }

describe('a power loss', () => {
  it(
    `leaves a journal that opens, verifies and has every acknowledged fill, in ${IMAGES} images (seed ${SEED})`,
    () => {
      for (let round = 0; round < rounds; round += 1) {
        const wanted = Math.min(PER_RECORD, IMAGES - round * PER_RECORD)
        const found = campaign(wanted, { commits: IMAGES > PER_RECORD ? 40 : 15, seed: SEED + round })
        expect(found.bad.slice(0, 3)).toEqual([])
        expect(found.images).toBe(wanted)
        expect(found.acknowledged).toBeGreaterThan(wanted)
        outcome.synced.push(found)
      }
    },
    60_000 + IMAGES * 1_000,
  )

  it('loses what was acknowledged when nothing is synced, and these images show it', () => {
    const found = campaign(CONTROL, { commits: 15, seed: SEED, unsynced: true })
    expect(found.bad.length).toBeGreaterThan(CONTROL / 3)
    outcome.control.push(found)
    const path = process.env.BALLAST_OUT
    if (path !== undefined) writeFileSync(path, `${JSON.stringify(report(), null, 2)}\n`)
  })
})

function report(): unknown {
  const sum = (rows: readonly Found[], of: (row: Found) => number): number =>
    rows.reduce((all, row) => all + of(row), 0)
  const kinds = (rows: readonly Found[], kind: string): number =>
    sum(rows, ({ bad }) => bad.filter((finding) => finding.kind === kind).length)
  const of = (rows: readonly Found[]) => ({
    images: sum(rows, (row) => row.images),
    records: rows.length,
    operations: sum(rows, (row) => row.operations),
    acknowledgedEntriesChecked: sum(rows, (row) => row.acknowledged),
    corrupt: kinds(rows, 'corrupt'),
    lost: kinds(rows, 'lost'),
  })
  return {
    command: `npm run powerloss -- --images ${IMAGES} --seed ${SEED}`,
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version },
    seed: SEED,
    synced: of(outcome.synced),
    controlWithoutSync: of(outcome.control),
  }
}

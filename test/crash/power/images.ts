import type { Operation } from './record.js'

/** What the disk may hold when the power goes at one moment. */
export interface Image {
  readonly bytes: Buffer
  /** Last acknowledged sequence of each portfolio at that moment. */
  readonly acked: Readonly<Record<string, number>>
  /** Which moment, and what became of the writes that were not synced: for messages. */
  readonly what: string
}

/** What a disk keeps together at the least, bytes. */
const SECTOR = 512
/** What may become of writes that are not synced yet. */
const FATES = ['none', 'all', 'some', 'torn', 'newest', 'torn'] as const

interface Disk {
  durable: Buffer
  pending: Operation[]
  acked: Readonly<Record<string, number>> | null
}

/**
 * Images of a power loss at moments spread over the whole record, every one after the journal was first open: all that
 * was synced, and of what was written since nothing, everything, some writes, some sectors, in any order.
 */
export function* images(operations: readonly Operation[], wanted: number, random: () => number): Generator<Image> {
  const first = operations.findIndex(({ kind }) => kind === 'A')
  const moments = operations.length - first
  const disk: Disk = { durable: Buffer.alloc(0), pending: [], acked: null }
  let made = 0
  for (const [index, operation] of operations.entries()) {
    happen(disk, operation)
    if (disk.acked === null) continue
    const due = Math.ceil(((index - first + 1) * wanted) / moments)
    for (; made < due; made += 1) {
      const fate = FATES[Math.floor(random() * FATES.length)] ?? 'none'
      const left = disk.pending.length
      const what = `after operation ${index} of ${operations.length} (${operation.kind}), ${fate} of ${left} writes`
      yield { bytes: lost(disk, fate, random), acked: disk.acked, what }
    }
  }
}

function happen(disk: Disk, operation: Operation): void {
  switch (operation.kind) {
    case 'W':
      disk.pending.push(operation)
      break
    case 'D':
      disk.durable = written(disk.durable, disk.pending.splice(-1))
      break
    case 'B':
      break
    case 'S':
      // One process, one writer: nothing is written between the beginning of a sync and its end.
      disk.durable = written(disk.durable, disk.pending.splice(0))
      break
    case 'T':
      throw new Error('the file was truncated: images do not know how to lose that')
    case 'A':
      disk.acked = JSON.parse(operation.bytes.toString()) as Disk['acked']
  }
}

function lost({ durable, pending }: Disk, fate: (typeof FATES)[number], random: () => number): Buffer {
  switch (fate) {
    case 'none':
      return Buffer.from(durable)
    case 'all':
      return written(durable, pending)
    case 'newest':
      return written(durable, pending.slice(-1))
    case 'some':
      return written(
        durable,
        shuffled(pending, random).filter(() => random() < 0.5),
      )
    case 'torn':
      return written(
        durable,
        shuffled(pending, random).flatMap((write) => sectors(write).filter(() => random() < 0.6)),
      )
  }
}

/** A copy of the bytes with writes made to it, one after the other; what lies between is zero. */
function written(bytes: Buffer, writes: readonly Pick<Operation, 'offset' | 'bytes'>[]): Buffer {
  const length = Math.max(bytes.length, ...writes.map((write) => write.offset + write.bytes.length))
  const copy = Buffer.alloc(length)
  bytes.copy(copy)
  for (const write of writes) write.bytes.copy(copy, write.offset)
  return copy
}

/** A write as the disk's sectors see it. */
function sectors({ offset, bytes }: Operation): { readonly offset: number; readonly bytes: Buffer }[] {
  const parts: { readonly offset: number; readonly bytes: Buffer }[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + SECTOR - ((offset + at) % SECTOR))
    parts.push({ offset: offset + at, bytes: bytes.subarray(at, end) })
    at = end
  }
  return parts
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const all = [...items]
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = Math.floor(random() * (at + 1))
    ;[all[at], all[other]] = [all[other] as T, all[at] as T]
  }
  return all
}

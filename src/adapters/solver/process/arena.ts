import { createHash } from 'node:crypto'
import { closeSync, ftruncateSync, writeSync } from 'node:fs'
import { sharedMemory } from './memory.js'
import type { SharedArray } from './messages.js'

/** An array in the arena; it stays there as it is at least until released. */
export interface Lease {
  readonly array: SharedArray
  release(): void
}

interface Region {
  readonly offset: number
  /** Whole pages. */
  readonly bytes: number
  readonly digest: string
  users: number
  usedAt: number
}

/** Regions begin on pages, so that no array is out of line. */
const PAGE_BYTES = 4096
/** Kept at rest, bytes: about fifty of the largest scenario sets a daemon's portfolios ask for (756 × 200 float64). */
const KEPT_BYTES = 64 * 2 ** 20
/** Longest single write: `write` takes no more than 2 GiB. */
const WRITE_BYTES = 2 ** 30

/**
 * Scenarios in memory shared with another process, found again by the digest of their bytes: the same set is written
 * once. What nobody uses makes room for others, the longest unused first; the memory grows only when what is in use
 * needs it, and never shrinks. Cost: one hash of the bytes, and one copy of those not seen before.
 */
export class Arena {
  /** The memory's handle, for a child. */
  readonly handle: number = sharedMemory()
  #bytes = 0
  #clock = 0
  /** In order of offset. */
  #regions: Region[] = []

  constructor(private readonly keptBytes: number = KEPT_BYTES) {}

  /** Bytes the memory has now. */
  get bytes(): number {
    return this.#bytes
  }

  /** Bytes taken up by arrays that calls are using. */
  get usedBytes(): number {
    return this.#regions.filter(({ users }) => users > 0).reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /**
   * Puts an array into the memory, or finds it there at an offset other than those of `apartFrom`.
   * @throws Error of the system when there is no room.
   */
  lease(array: Float64Array | Float32Array, apartFrom: ReadonlySet<number> = new Set()): Lease {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    const digest = createHash('sha256').update(bytes).digest('base64')
    const region =
      this.#regions.find((one) => one.digest === digest && !apartFrom.has(one.offset)) ?? this.#write(bytes, digest)
    region.users += 1
    this.#clock += 1
    region.usedAt = this.#clock
    let leased = true
    return {
      array: { shared: array instanceof Float64Array ? 'f64' : 'f32', offset: region.offset, length: array.length },
      release: () => {
        if (leased) region.users -= 1
        leased = false
      },
    }
  }

  /** Gives the memory back. */
  close(): void {
    closeSync(this.handle)
  }

  #write(content: Uint8Array, digest: string): Region {
    const bytes = Math.max(1, Math.ceil(content.byteLength / PAGE_BYTES)) * PAGE_BYTES
    const offset = this.#room(bytes)
    if (offset + bytes > this.#bytes) {
      ftruncateSync(this.handle, offset + bytes)
      this.#bytes = offset + bytes
    }
    for (let done = 0; done < content.byteLength; )
      done += writeSync(this.handle, content, done, Math.min(content.byteLength - done, WRITE_BYTES), offset + done)
    const region = { offset, bytes, digest, users: 0, usedAt: 0 }
    const after = this.#regions.findIndex((one) => one.offset > offset)
    this.#regions.splice(after < 0 ? this.#regions.length : after, 0, region)
    return region
  }

  /** Where that many bytes fit; drops unused regions for it. */
  #room(bytes: number): number {
    for (;;) {
      let from = 0
      for (const region of this.#regions) {
        if (region.offset - from >= bytes) return from
        from = region.offset + region.bytes
      }
      if (from + bytes <= this.keptBytes) return from
      const idle = this.#regions.filter(({ users }) => users === 0)
      if (idle.length === 0) return from
      const oldest = idle.reduce((a, b) => (a.usedAt <= b.usedAt ? a : b))
      this.#regions = this.#regions.filter((region) => region !== oldest)
    }
  }
}

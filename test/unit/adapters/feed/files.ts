import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Fault } from '#units/fault.js'

/** A folder for the files of one test file. */
export class TemporaryFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'ballast-feed-'))

  /** Writes a file and returns its path; gzip when asked, whatever its name. */
  write(name: string, text: string | Buffer, compress = false): string {
    const path = join(this.path, name)
    writeFileSync(path, compress ? gzipSync(text) : text)
    return path
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** The Fault that a call throws; fails the test when it throws nothing or something else. */
export function faultOf(call: () => unknown): Fault {
  try {
    call()
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
  throw new Error('expected a Fault, nothing was thrown')
}

import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { nkeys } from 'nats'
import { Fault } from '#units/fault.js'

/** The public half of a seed file. */
export interface Seed {
  /** Of an nkey user, `U…`. */
  readonly publicKey: string
  /** False when the file was there already; it is never written again. */
  readonly created: boolean
}

/**
 * Makes an nkey user and keeps its seed in a file that only its owner may read, or reads the one that is there.
 * @throws Fault `SEED_INVALID` (never) when the file holds no user's seed; its content is not shown
 */
export function seedIn(path: string): Seed {
  if (existsSync(path)) {
    chmodSync(path, 0o600)
    return { publicKey: publicKeyOf(path), created: false }
  }
  const pair = nkeys.createUser()
  writeFileSync(path, `${new TextDecoder().decode(pair.getSeed())}\n`, { flag: 'wx', mode: 0o600, flush: true })
  return { publicKey: pair.getPublicKey(), created: true }
}

function publicKeyOf(path: string): string {
  const seed = readFileSync(path, 'utf8').trim()
  try {
    const key = nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey()
    if (key.startsWith('U')) return key
  } catch {
    // told below, without the seed
  }
  throw new Fault('SEED_INVALID', `${path} holds no seed of an nkey user; move it away to have one made`, 'never', {
    path,
  })
}

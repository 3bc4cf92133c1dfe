import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { newOperatorKey, readOperatorKey } from '#adapters/wire/signing.js'

/**
 * Makes the key an operator signs commands with and keeps it in a file that only its owner may read, or reads the one that
 * is there; the public half. @throws Fault `KEY_INVALID` (never) when the file holds no such key.
 */
export function operatorKeyIn(path: string): string {
  if (existsSync(path)) {
    chmodSync(path, 0o600)
    return readOperatorKey(readFileSync(path, 'utf8')).publicKey
  }
  const { privateKey, publicKey } = newOperatorKey()
  writeFileSync(path, privateKey, { flag: 'wx', mode: 0o600, flush: true })
  return publicKey
}

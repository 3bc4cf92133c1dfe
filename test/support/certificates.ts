import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Missing } from './needed.js'

/** PEM texts of a certificate and its key, and the files they are in. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly certFile: string
  readonly keyFile: string
}

/** Why no certificate can be made; null when openssl is there. */
export function opensslMissing(): Missing {
  present ??= spawnSync('openssl', ['version']).status === 0
  return present ? null : 'openssl is missing: install the package openssl to test TLS'
}
let present: boolean | undefined

/** A new authority in a folder, its own certificate valid for two days. */
export function authority(dir: string, name: string): Certificate {
  return made(dir, name, [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE'],
    ...['-keyout', join(dir, `${name}.key`), '-out', join(dir, `${name}.crt`)],
  ])
}

/** A certificate signed by an authority for names such as `IP:127.0.0.1` or `DNS:localhost`. */
export function certificate(dir: string, name: string, by: Certificate, names: string): Certificate {
  const request = join(dir, `${name}.csr`)
  const extensions = join(dir, `${name}.ext`)
  writeFileSync(extensions, `subjectAltName=${names}\n`)
  openssl([
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`],
    ...['-keyout', join(dir, `${name}.key`), '-out', request],
  ])
  return made(dir, name, [
    ...['x509', '-req', '-in', request, '-CA', by.certFile, '-CAkey', by.keyFile, '-CAcreateserial', '-days', '2'],
    ...['-extfile', extensions, '-out', join(dir, `${name}.crt`)],
  ])
}

function made(dir: string, name: string, args: readonly string[]): Certificate {
  openssl(args)
  const [certFile, keyFile] = [join(dir, `${name}.crt`), join(dir, `${name}.key`)]
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' })
}

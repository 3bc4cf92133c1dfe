import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
  verify,
} from 'node:crypto'
import { z } from 'zod'
import { encode } from '#units/canonical.js'
import { Fault } from '#units/fault.js'

/** An operator's name, as the configuration lists it and the journal keeps it. */
export const operatorName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,31}$/, 'must be 1–32 of a-z 0-9 _ -, beginning with a letter')
  .refine((name) => !(name in {}), 'is a name that JavaScript keeps for itself')

/** A public Ed25519 key: its 32 bytes in base64url. */
export const operatorKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be the 43 characters of a public key')

/** What makes a command an operator's: who, once, when, and the proof. */
export const signatureField = z.strictObject({
  operator: operatorName,
  nonce: z.uuid(),
  /** Milliseconds since 1970. */
  issued_at: z.int().min(0),
  /** 64 bytes in base64url. */
  sig: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
})

/** A signature as it travels. */
export type CommandSignature = z.output<typeof signatureField>

/** An operator who can sign. */
export interface Signer {
  readonly operator: string
  readonly key: KeyObject
}

/**
 * The bytes a signature is over: subject and canonical command, so that it holds for this command to this portfolio and for
 * no other; the signature's own fields but the proof are part of it.
 */
function signedBytes(subject: string, body: Readonly<Record<string, unknown>>, signature: object): Buffer {
  return Buffer.from(`ballast command 1\n${subject}\n${encode({ ...body, signature })}`)
}

/** The command with its signature. `body` must be what JSON carries as it is. */
export function signCommand<B extends Readonly<Record<string, unknown>>>(
  subject: string,
  body: B,
  { operator, key }: Signer,
  issuedAt: number,
): B & { readonly signature: CommandSignature } {
  const fields = { operator, nonce: randomUUID(), issued_at: issuedAt }
  const sig = sign(null, signedBytes(subject, body, fields), key).toString('base64url')
  return { ...body, signature: { ...fields, sig } }
}

/** True when the signature is the key's over exactly this command on this subject. */
export function isSignedBy(subject: string, body: Readonly<Record<string, unknown>>, publicKey: string): boolean {
  const { signature, ...rest } = body
  const read = signatureField.safeParse(signature)
  if (!read.success) return false
  const { sig, ...fields } = read.data
  const proof = Buffer.from(sig, 'base64url')
  if (proof.toString('base64url') !== sig) return false // one proof has one text
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  return verify(null, signedBytes(subject, rest, fields), key, proof)
}

/** A new pair: the private key as PEM, the public one as the configuration has it. */
export function newOperatorKey(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicKey: String(publicKey.export({ format: 'jwk' }).x),
  }
}

/** Reads a private key. @throws Fault `KEY_INVALID` (never) on text that is none; the text is not shown. */
export function readOperatorKey(pem: string): { readonly key: KeyObject; readonly publicKey: string } {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'ed25519')
      return { key, publicKey: String(createPublicKey(pem).export({ format: 'jwk' }).x) }
  } catch {
    // told below, without the text
  }
  throw new Fault('KEY_INVALID', 'the file holds no Ed25519 private key in PEM', 'never')
}

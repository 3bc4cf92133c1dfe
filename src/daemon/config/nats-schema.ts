import { z } from 'zod'
import { duration } from './fields.js'

const file = z.string().min(1)
const SECRET = 'Relative to this file, or credential:NAME for one that systemd hands over.'

/** How to reach NATS, in the words of `ballast.yaml` and of a command-line context. Secrets are only ever in files. */
export const natsSchema = z
  .strictObject({
    servers: z
      .array(z.string().regex(/^(nats|tls):\/\/[^\s/@]+$/, 'must be nats://host:port or tls://host:port'))
      .min(1)
      .default(['nats://127.0.0.1:4222'])
      .describe('Servers of one cluster; any of them will do.'),
    user: z.string().min(1).nullable().default(null).describe('User name, with password_file; null for none.'),
    password_file: file.nullable().default(null).describe(`File with the password. ${SECRET}`),
    nkey_seed_file: file.nullable().default(null).describe(`File with the nkey seed (SU…). ${SECRET}`),
    inbox_prefix: z
      .string()
      .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'must be NATS tokens, such as _INBOX_daemon')
      .default('_INBOX')
      .describe('Where answers arrive; private to this user when the server permits no other.'),
    tls: z
      .strictObject({
        ca_file: file.nullable().default(null).describe("Authorities the server's certificate must come from."),
        cert_file: file.nullable().default(null).describe('Own certificate, when the server asks for one.'),
        key_file: file.nullable().default(null).describe(`Key of the own certificate. ${SECRET}`),
      })
      .nullable()
      .default(null)
      .describe('TLS; null leaves it to the server.'),
    request_timeout: duration.default('2s').describe('How long an answer may take before its outcome is unknown.'),
  })
  .superRefine(({ user, password_file, nkey_seed_file }, context) => {
    if ((user === null) !== (password_file === null))
      context.addIssue({ code: 'custom', path: ['user'], message: 'user and password_file belong together' })
    if (user !== null && nkey_seed_file !== null)
      context.addIssue({ code: 'custom', path: ['nkey_seed_file'], message: 'give a user or an nkey, not both' })
  })

/** A checked connection. */
export type NatsSettings = z.output<typeof natsSchema>

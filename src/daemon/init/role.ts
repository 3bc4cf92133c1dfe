/** Who connects to NATS, one user each: what each may say and hear is in `config/nats/nats-server.conf`. */
export const ROLES = ['daemon', 'gateway', 'operator', 'market-data', 'auditor'] as const

/** A kind of NATS user. */
export type Role = (typeof ROLES)[number]

import { type Decided, refusalOf } from '#domain/approval/refusal.js'
import type { PortfolioSnapshot } from '#machines/portfolio.machine.js'
import { Fault } from '#units/fault.js'
import type { Instant } from '#units/time.js'

/** @throws Fault (never) with the domain's code when a decision cannot be taken at that time: see {@link refusalOf}. */
export function assertDecidable({ context }: PortfolioSnapshot, decided: Decided, at: Instant): void {
  const refusal = refusalOf(context.run, decided, at)
  if (refusal !== null) throw new Fault(refusal.code, refusal.message, 'never')
}

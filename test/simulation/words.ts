import type { Commit } from '#ports/journal.js'

/** An event in a line. */
export function wordsOf(event: Commit['entry']['event']): string {
  if (event.type === 'orderNews') return `orderNews ${event.orderId} ${Object.values(event.news).join(' ')}`
  if (event.type === 'filled') return `filled ${event.execution.id} ${event.execution.quantity}`
  if (event.type === 'solved') return `solved ${event.answer.kind}`
  if (event.type === 'permitted') return `permitted ${event.to} ${event.reason}`
  if (event.type === 'faulted') return `faulted ${event.reason}`
  return `${event.type} ${event.cause}`
}

/** A body cut to what a line of a trace has room for. */
export const gist = (body: string): string => (body.length > 160 ? `${body.slice(0, 160)}…` : body)

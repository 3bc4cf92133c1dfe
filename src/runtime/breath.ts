/** Lets the process get round to other work, its watchdog among it, before a long one goes on. */
export type Breath = () => Promise<void>

/** A turn of the event loop. */
export const breathe: Breath = () => new Promise((resolve) => setImmediate(resolve))

// The disk library, but that the process dies by SIGKILL right before or right after its n-th transaction. Journal and venue
// write through it, so its transactions are all the steps of the protocol: an entry on disk and what it lets go, an order
// taken, a fill made, a report acknowledged. BALLAST_KILL_AT is `n:before`, `n:after` or `never`; a process that ends by
// itself says how many there were.
import { open as openReal } from 'lmdb'

export * from 'lmdb'

const [number, side] = (process.env.BALLAST_KILL_AT ?? 'never').split(':')
const target = Number(number)
const die = () => process.kill(process.pid, 'SIGKILL')

let transactions = 0
process.on('exit', () => process.stderr.write(`${transactions} disk transactions\n`))

export function open(...args) {
  const store = openReal(...args)
  const batch = store.batch
  store.batch = function (...rows) {
    transactions += 1
    const here = transactions === target
    if (here && side === 'before') die()
    const written = batch.apply(this, rows)
    return here && side === 'after' ? written.then(die) : written
  }
  return store
}

// `node --import` this: the process dies by SIGKILL right before its n-th change of names in a directory (BALLAST_KILL_AT),
// or before its n-th call of those in BALLAST_KILL_CALLS.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const target = Number(process.env.BALLAST_KILL_AT)
let changes = 0

const calls = process.env.BALLAST_KILL_CALLS ?? 'linkSync,mkdirSync,renameSync,rmSync'
for (const name of calls.split(',')) {
  const real = fs[name]
  fs[name] = (...args) => {
    changes += 1
    if (changes === target) process.kill(process.pid, 'SIGKILL')
    return real(...args)
  }
}
syncBuiltinESMExports()

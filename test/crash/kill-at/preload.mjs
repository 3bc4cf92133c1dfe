// `node --import` this: the process gets a disk library that kills it at a chosen step, see lmdb.mjs.
import { register } from 'node:module'

register('./hooks.mjs', import.meta.url)

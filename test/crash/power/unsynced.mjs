// Loaded with `--import` into the control of the power-loss test: LMDB then never syncs, whatever it is asked for.
import { register } from 'node:module'

const lmdb = import.meta.resolve('lmdb')
const source = `export * from ${JSON.stringify(lmdb)}
import { open as openSynced } from ${JSON.stringify(lmdb)}
export const open = (options) => openSynced({ ...options, noSync: true })`
const hooks = `export const resolve = (name, context, next) => name === 'lmdb'
  ? { url: ${JSON.stringify(`data:text/javascript,${encodeURIComponent(source)}`)}, shortCircuit: true }
  : next(name, context)`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)

// Puts lmdb.mjs in the place of the library it wraps.
const wrapped = new URL('./lmdb.mjs', import.meta.url).href

export const resolve = (specifier, context, next) =>
  specifier === 'lmdb' && context.parentURL !== wrapped
    ? { url: wrapped, shortCircuit: true }
    : next(specifier, context)

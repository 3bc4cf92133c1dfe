// Seeded scenario returns, written and read as raw little-endian rows, so that every contestant starts from the same bytes.

import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { endianness } from 'node:os'

const SECTORS = 10
const CHUNK_BYTES = 1 << 26
/** Makes a Student-t variable with four degrees of freedom one of unit variance. */
const UNIT_VARIANCE = Math.SQRT1_2

/** Uniform numbers in [0, 1) from a 32-bit counter-based small fast generator (Doty-Humphrey's sfc32). */
export function uniforms(seed) {
  let a = seed | 0
  let b = 0x9e3779b9 | 0
  let c = 0x243f6a88
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let k = 0; k < 20; k += 1) next()
  return next
}

const normals = (uniform) => () => {
  const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
  return radius * Math.cos(2 * Math.PI * uniform())
}

/** Student-t with four degrees of freedom by the polar method (Bailey, Math. Comp. 62, 1994), unit variance. */
const studentFour = (uniform) => () => {
  for (;;) {
    const x = 2 * uniform() - 1
    const y = 2 * uniform() - 1
    const square = x * x + y * y
    if (square > 0 && square < 1) return UNIT_VARIANCE * x * Math.sqrt((4 * (1 / Math.sqrt(square) - 1)) / square)
  }
}

/**
 * Daily returns of a market factor, ten sector factors and independent Student-t(4) noise. Market and sectors share one
 * shock a day, which scales them as a Student-t(4)'s does, so that tails come together.
 *
 * Returns  a function that fills the next rows of an array, row-major; the same arguments give the same bytes
 */
export function returnsOf(assets, scenarios, seed = 1) {
  const uniform = uniforms(Math.imul(seed, 0x85ebca6b) ^ Math.imul(assets, 0xc2b2ae35) ^ scenarios)
  const normal = normals(uniform)
  const noise = studentFour(uniform)
  const drawn = (of) => Float64Array.from({ length: assets }, of)
  const market = drawn(() => 0.5 + uniform())
  const sector = drawn(() => 0.6 + 0.8 * uniform())
  const own = drawn(() => 0.008 + 0.015 * uniform())
  const drift = drawn(() => 0.0004 + 0.0003 * normal())
  const ofSector = new Float64Array(SECTORS)
  return (rows) => {
    for (let start = 0; start < rows.length; start += assets) {
      const shock = Math.sqrt(4 / (-2 * Math.log((1 - uniform()) * (1 - uniform())))) * UNIT_VARIANCE
      const today = 0.01 * shock * normal()
      for (let s = 0; s < SECTORS; s += 1) ofSector[s] = 0.006 * shock * normal()
      for (let i = 0; i < assets; i += 1)
        rows[start + i] = drift[i] + market[i] * today + sector[i] * ofSector[i % SECTORS] + own[i] * noise()
    }
  }
}

const arrayOf = (precision) => (precision === 'float32' ? Float32Array : Float64Array)

/** Writes all rows to a file; precision is 'float64' or 'float32'. */
export function writeReturns(path, { assets, scenarios, precision }) {
  if (endianness() !== 'LE') throw new Error('the files of this bench are little-endian; this machine is not')
  const Rows = arrayOf(precision)
  const most = Math.max(1, Math.floor(CHUNK_BYTES / (assets * Rows.BYTES_PER_ELEMENT)))
  const fill = returnsOf(assets, scenarios)
  const file = openSync(path, 'wx')
  try {
    for (let done = 0; done < scenarios; done += most) {
      const rows = new Rows(Math.min(most, scenarios - done) * assets)
      fill(rows)
      writeAll(file, rows)
    }
  } finally {
    closeSync(file)
  }
}

function writeAll(file, rows) {
  const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength)
  let done = 0
  while (done < bytes.length) done += writeSync(file, bytes, done)
}

/** Writes an array as it is. */
export function writeMatrix(path, matrix) {
  const file = openSync(path, 'wx')
  try {
    writeAll(file, matrix)
  } finally {
    closeSync(file)
  }
}

/** Reads what writeReturns or writeMatrix wrote. */
export function readReturns(path, { assets, scenarios, precision }) {
  const matrix = new (arrayOf(precision))(assets * scenarios)
  const bytes = new Uint8Array(matrix.buffer)
  const file = openSync(path, 'r')
  try {
    let done = 0
    while (done < bytes.length) {
      const read = readSync(file, bytes, done, Math.min(CHUNK_BYTES, bytes.length - done), done)
      if (read === 0) throw new Error(`${path} ends after ${done} of ${bytes.length} bytes`)
      done += read
    }
  } finally {
    closeSync(file)
  }
  return matrix
}

/** Mean of each column, float64. */
export function meanOf(matrix, assets) {
  const mean = new Float64Array(assets)
  for (let start = 0; start < matrix.length; start += assets)
    for (let i = 0; i < assets; i += 1) mean[i] += matrix[start + i]
  const scenarios = matrix.length / assets
  return mean.map((sum) => sum / scenarios)
}

import type { Brand } from './brand.js'

/** A portfolio's name: one NATS token and a metric label, `[A-Za-z0-9_-]{1,32}`. */
export type PortfolioId = Brand<string, 'PortfolioId'>
/** An instrument's id, `[A-Za-z0-9._-]{1,32}`. */
export type InstrumentId = Brand<string, 'InstrumentId'>
/** Run id, `R-<n>`, n counted per portfolio from 1. */
export type RunId = Brand<string, 'RunId'>
/** Client order id: 26 characters of base32. */
export type OrderId = Brand<string, 'OrderId'>
/** A venue's id of one execution, unique per venue. */
export type ExecutionId = Brand<string, 'ExecutionId'>
/** A random name given to a journal when it is created or restored; part of every order id. */
export type Incarnation = Brand<string, 'Incarnation'>

const PORTFOLIO = /^[A-Za-z0-9_-]{1,32}$/
const INSTRUMENT = /^[A-Za-z0-9._-]{1,32}$/

/** @throws RangeError when the text is no portfolio id. */
export const portfolioId = (text: string): PortfolioId => checked(text, PORTFOLIO, 'portfolio id') as PortfolioId
/** @throws RangeError when the text is no instrument id. */
export const instrumentId = (text: string): InstrumentId => checked(text, INSTRUMENT, 'instrument id') as InstrumentId
/** The id of a portfolio's n-th run. */
export const runId = (number: number): RunId => `R-${number}` as RunId
/** Brands an order id made by `domain/order`. */
export const orderId = (text: string): OrderId => checked(text, /^[A-Z2-7]{26}$/, 'order id') as OrderId
/** Brands an execution id. @throws RangeError unless 1–64 printable characters. */
export const executionId = (text: string): ExecutionId => checked(text, /^[!-~]{1,64}$/, 'execution id') as ExecutionId
/** Brands an incarnation. */
export const incarnation = (text: string): Incarnation =>
  checked(text, /^[A-Za-z0-9]{8,64}$/, 'incarnation') as Incarnation

function checked(text: string, pattern: RegExp, what: string): string {
  // Ids are keys of plain records: a name every object has (`constructor`, `__proto__`) would find what is not there.
  if (!pattern.test(text) || text in Object.prototype)
    throw new RangeError(`not a valid ${what}: ${JSON.stringify(text)}`)
  return text
}

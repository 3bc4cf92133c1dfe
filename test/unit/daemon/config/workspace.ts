import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Environment, type LoadedConfig, loadConfig } from '#daemon/config/load.js'
import type { ConfigError } from '#daemon/config/problem.js'
import type { Outcome } from '#units/outcome.js'

/** The smallest system file that passes. */
export const SYSTEM = `version: 1
state: {path: state}
feed: {file: prices.csv}
`

/** The smallest portfolio file that passes. */
export const PORTFOLIO = `version: 1
id: core
initial_cash: "1000.00"
universe: {symbols: [AAA, BBB, CCC, DDD]}
targets: {source: optimised}
`

/** Loads a configuration of these files from a folder that is gone afterwards; the prices file is there. */
export function load(
  files: Readonly<Record<string, string>>,
  environment: Environment = {},
): Outcome<LoadedConfig, ConfigError> {
  const folder = mkdtempSync(join(tmpdir(), 'ballast-config-'))
  try {
    for (const [name, text] of Object.entries({
      'prices.csv': 'symbol,date,price\n',
      'ballast.yaml': SYSTEM,
      ...files,
    })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    return loadConfig(join(folder, 'ballast.yaml'), environment)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Problems without the folder: `portfolios/core.yaml:3:15 initial_cash: …`. */
export function problems(outcome: Outcome<LoadedConfig, ConfigError>): readonly string[] {
  return outcome.ok
    ? []
    : outcome.refusal.message.split('\n').map((line) => line.replace(/\/\S*\/ballast-config-[^/]+\//g, ''))
}

/** Problems of one portfolio file over an otherwise sound configuration. */
export const portfolioProblems = (text: string): readonly string[] => problems(load({ 'portfolios/core.yaml': text }))

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { packageRoot } from '#daemon/package-root.js'

/** The real program in its own process. */
export interface BallastProcess {
  readonly child: ChildProcess
  readonly output: () => string
  /** Resolves with the exit code, null when a signal ended it. */
  readonly ended: Promise<number | null>
  /** Resolves once the output holds the text; rejects when the process ends before. */
  said(text: string): Promise<void>
}

/** Starts `ballast` with arguments. Needs the build: run `npm run setup` first. */
export function startBallast(args: readonly string[], env: Readonly<Record<string, string>> = {}): BallastProcess {
  if (!existsSync(`${packageRoot}/dist/bin/ballast.js`)) throw new Error('not built: run `npm run setup` first')
  const child = spawn(process.execPath, [`${packageRoot}/bin/ballast`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', ...env },
  })
  let output = ''
  const listeners = new Set<() => void>()
  const hear = (chunk: Buffer): void => {
    output += chunk.toString()
    for (const listener of [...listeners]) listener()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!output.includes(text)) return
        listeners.delete(look)
        resolve()
      }
      listeners.add(look)
      look()
      void ended.then(() => reject(new Error(`ended before saying ${JSON.stringify(text)}:\n${output}`)))
    })
  return { child, output: () => output, ended, said }
}

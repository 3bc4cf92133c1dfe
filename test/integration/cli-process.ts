import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '#daemon/package-root.js'

/** How a command ended. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const program = join(packageRoot, 'bin', 'ballast')

/** Runs the built program as a person would. Variables are added to a clean environment. */
export function ballast(
  args: readonly string[],
  { cwd = packageRoot, env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  if (!existsSync(join(packageRoot, 'dist', 'bin', 'ballast.js')))
    throw new Error('the program is not built: run npm run build first')
  return new Promise((resolve) => {
    const options = { cwd, env: { PATH: process.env.PATH ?? '', ...env }, maxBuffer: 64 * 1024 * 1024 }
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

/** The `data` of a command's JSON answer. @throws when it is not one. */
export function dataOf<T>(ended: Ended): T {
  const answer = JSON.parse(ended.stdout) as { ok: boolean; data: T }
  if (!answer.ok) throw new Error(`not ok: ${ended.stdout}`)
  return answer.data
}

/** The `error` of a command's JSON answer. */
export const errorOf = (ended: Ended): { code: string; message: string; [more: string]: unknown } =>
  (JSON.parse(ended.stdout) as { error: { code: string; message: string } }).error

/** A process that owns a journal's directory until it is let go. */
export interface Holder {
  readonly pid: number
  letGo(): Promise<void>
}

/** Starts a process that opens the journal of a state directory for writing and keeps it. */
export async function holdState(stateDir: string): Promise<Holder> {
  const module = join(packageRoot, 'dist', 'src', 'adapters', 'journal', 'lmdb.js')
  const script = `
    const { openJournal } = await import(${JSON.stringify(module)})
    const journal = openJournal({ dir: ${JSON.stringify(join(stateDir, 'journal'))} })
    process.stdin.on('end', () => journal.close()).resume()
    process.stdout.write('held')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)))
  })
  return {
    pid: child.pid ?? 0,
    letGo: () => {
      child.stdin.end()
      return ended
    },
  }
}

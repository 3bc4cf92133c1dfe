import { SingleBar } from 'cli-progress'

/** A progress bar that lets lines through above it. */
export interface Progress {
  update(session: number, date: string): void
  /** Prints a line on standard output without tearing the bar. */
  print(line: string): void
  stop(): void
}

/** A bar on standard error when that is a terminal and `wanted`; otherwise lines only. */
export function progressBar(total: number, wanted: boolean): Progress {
  if (!wanted || process.stderr.isTTY !== true)
    return {
      update: () => undefined,
      print: (line) => process.stdout.write(`${line}\n`),
      stop: () => undefined,
    }
  const bar = new SingleBar({
    format: '{date} [{bar}] {value}/{total} sessions, {eta_formatted} left',
    stream: process.stderr,
    barsize: 30,
    hideCursor: true,
    linewrap: true,
  })
  let current = 0
  let date = ''
  bar.start(total, 0, { date })
  return {
    update(session, now) {
      current = session
      date = now
      bar.update(session, { date })
    },
    print(line) {
      process.stderr.write('\r\u001b[2K')
      process.stdout.write(`${line}\n`)
      bar.update(current, { date })
    },
    stop: () => bar.stop(),
  }
}

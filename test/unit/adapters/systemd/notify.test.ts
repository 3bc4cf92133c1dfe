import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { serviceManager } from '#adapters/systemd/notify.js'
import type { Log } from '#ports/log.js'
import { testUnless } from '../../../support/needed.js'
import { tempDir } from '../../../support/temp-dir.js'

const withPerl = testUnless(
  spawnSync('perl', ['-MIO::Socket::UNIX', '-e', '1']).status === 0
    ? null
    : 'perl is missing: install the package perl',
)

const NAMES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const

afterEach(() => {
  for (const name of NAMES) delete process.env[name]
})

/** A process that plays the service manager: it prints each datagram, in brackets. */
async function receiver(address: string): Promise<{ heard(text: string): Promise<void>; output(): string }> {
  const script = `
    $| = 1; my $name = shift; $name =~ s/^@/\\0/;
    my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $name) or die "no socket: $!";
    print "bound\\n";
    while (defined $socket->recv(my $text, 4096)) { print "[$text]" }`
  const child: ChildProcess = spawn('perl', ['-MIO::Socket::UNIX', '-MSocket', '-e', script, address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  const listeners = new Set<() => void>()
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    for (const listener of listeners) listener()
  })
  const heard = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`not heard: ${text}; but ${output}`)), 10_000)
      const look = (): void => {
        if (!output.includes(text)) return
        clearTimeout(deadline)
        listeners.delete(look)
        resolve()
      }
      listeners.add(look)
      look()
    })
  await heard('bound\n')
  return { heard, output: () => output.replace('bound\n', '') }
}

function listeningLog(): { readonly log: Log; readonly warnings: string[] } {
  const warnings: string[] = []
  const quiet = (): void => undefined
  const log: Log = {
    debug: quiet,
    info: quiet,
    error: quiet,
    warn: (fields, message) => warnings.push(`${message}: ${String(fields.error)}`),
    child: () => log,
  }
  return { log, warnings }
}

describe('the service manager', () => {
  it('is nobody without NOTIFY_SOCKET: nothing is sent, nothing fails, no watchdog waits', () => {
    process.env.WATCHDOG_USEC = '30000000'
    const { log, warnings } = listeningLog()
    const manager = serviceManager(log)
    manager.ready('up')
    manager.status('well')
    manager.watchdog()
    manager.reloading()
    manager.stopping()
    expect(manager.watchdogMs).toBeNull()
    expect(warnings).toEqual([])
  })

  for (const kind of ['a path', 'an abstract name'])
    withPerl(`hears every message on ${kind}, in order`, async () => {
      const address = kind === 'a path' ? join(tempDir(), 'notify') : `@ballast-test-${process.pid}-${Math.random()}`
      const { heard, output } = await receiver(address)
      process.env.NOTIFY_SOCKET = address
      const { log, warnings } = listeningLog()
      const manager = serviceManager(log)
      manager.ready('2 portfolios\nREADY=0')
      manager.status('session 2010-03-01')
      manager.watchdog()
      manager.reloading()
      manager.stopping()
      await heard('STOPPING=1')
      expect(warnings).toEqual([])
      expect(output().replace(/USEC=\d+/, 'USEC=n')).toBe(
        '[READY=1\nSTATUS=2 portfolios READY=0][STATUS=session 2010-03-01][WATCHDOG=1]' +
          '[RELOADING=1\nMONOTONIC_USEC=n][STOPPING=1\nSTATUS=stopping]',
      )
    })

  it('that does not listen is logged and is no reason to fail', () => {
    process.env.NOTIFY_SOCKET = join(tempDir(), 'nobody')
    const { log, warnings } = listeningLog()
    serviceManager(log).ready('up')
    expect(warnings).toEqual(['service manager not reached: sendto: No such file or directory'])
  })

  it.each([
    ['30000000', undefined, 30_000],
    ['30000000', String(process.pid), 30_000],
    ['30000000', '1', null],
    ['0', undefined, null],
    ['soon', undefined, null],
    [undefined, String(process.pid), null],
  ])('with WATCHDOG_USEC=%s and WATCHDOG_PID=%s waits %s ms', (interval, pid, expected) => {
    process.env.NOTIFY_SOCKET = '/nowhere/notify'
    if (interval !== undefined) process.env.WATCHDOG_USEC = interval
    if (pid !== undefined) process.env.WATCHDOG_PID = pid
    expect(serviceManager().watchdogMs).toBe(expected)
  })
})

import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startBallast } from '../support/ballast-process.js'
import { writeScenario } from '../support/scenario.js'
import { tempDir } from '../support/temp-dir.js'

/** A port nobody serves NATS on, held by a server that is closed at the end of the test. */
async function heldPort(): Promise<number> {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A daemon without a server to connect to. */
async function lonely(http: string) {
  const dir = tempDir()
  const { config } = writeScenario(dir)
  writeFileSync(
    config,
    `version: 1
state: {path: state}
nats: {servers: ["nats://127.0.0.1:${await heldPort()}"]}
feed: {type: bus}
http: {listen: "${http}"}
`,
  )
  const start = () => {
    const daemon = startBallast(['serve', '-c', config])
    onTestFinished(async () => {
      daemon.child.kill('SIGKILL')
      await daemon.ended
    })
    return daemon
  }
  return { start }
}

const soon = (work: Promise<number | null>): Promise<number | null | 'hangs'> =>
  Promise.race([work, sleep(20_000, 'hangs' as const, { ref: false })])

describe('a daemon whose NATS server is away', () => {
  it('restores its books, says that it serves, and ends on SIGTERM with 0', async () => {
    const daemon = (await lonely('127.0.0.1:0')).start()
    await daemon.said('"serving"')
    daemon.child.kill('SIGTERM')
    expect(await soon(daemon.ended), daemon.output()).toBe(0)
  })

  it('ends at once when it cannot serve: its address is taken', async () => {
    const daemon = (await lonely(`127.0.0.1:${await heldPort()}`)).start()
    expect(await soon(daemon.ended), daemon.output()).toBe(1)
    expect(daemon.output()).toContain('is taken by another process')
  })

  it('ends at once when another daemon has its journal', async () => {
    const { start } = await lonely('127.0.0.1:0')
    await start().said('"serving"')
    const second = start()
    expect(await soon(second.ended), second.output()).not.toBe('hangs')
    expect(second.output()).toMatch(/journal/i)
  })
})

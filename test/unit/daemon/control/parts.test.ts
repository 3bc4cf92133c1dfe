import { describe, expect, it, onTestFinished } from 'vitest'
import { memoryBus } from '#adapters/bus/memory.js'
import { answering } from '#adapters/wire/exchange.js'
import { control } from '#daemon/control/messages.js'
import { askWhole, partsOfAnswers } from '#daemon/control/parts.js'

const MESSAGE = 64 * 1024

/** Serves whatever `answer` gives, and the sizes of the messages it took. */
function served(answer: () => unknown) {
  const bus = memoryBus()
  onTestFinished(() => bus.close())
  const parts = partsOfAnswers()
  const asked: number[] = []
  answering(bus, control.list, 'long', (question) => {
    asked.push(question.chunk)
    return parts.of(question, answer)
  })
  return { bus, asked, whole: () => askWhole(bus, control.list, 'long', {}, 5_000) }
}

describe('an answer in parts', () => {
  it.each([
    ['nothing', []],
    ['plain text', 'x'.repeat(200_000)],
    ['quotes and backslashes, which double', '"\\'.repeat(100_000)],
    ['control characters, which take six bytes', '\u0001'.repeat(30_000)],
    ['characters of three and four bytes', '€𝄞'.repeat(40_000)],
    ['half a pair', '\ud834'.repeat(30_000)],
  ])('joins to what was sent: %s', async (_name, answer) => {
    const { whole } = served(() => answer)
    expect(await whole()).toEqual(answer)
  })

  it('fits every part into a message, with room for its frame', async () => {
    const parts = partsOfAnswers()
    const first = await parts.of({ chunk: 0, digest: null }, () => '"'.repeat(300_000))
    expect(first.of).toBeGreaterThan(10)
    for (let chunk = 0; chunk < first.of; chunk += 1) {
      const part = await parts.of({ chunk, digest: first.digest }, () => 'never asked')
      expect(Buffer.byteLength(JSON.stringify({ ok: true, ...part }))).toBeLessThan(MESSAGE)
      expect(part.digest).toBe(first.digest)
    }
  })

  it('starts again when the answer is another by then', async () => {
    let version = 0
    const { bus } = served(() => null)
    const fresh = partsOfAnswers
    // A daemon that restarts after its first part: nothing is kept, and the answer has changed.
    let parts = fresh()
    answering(bus, control.list, 'moving', (question) => {
      if (version < 2) parts = fresh()
      version += 1
      return parts.of(question, () => `${version < 2 ? 'old' : 'new'}${'x'.repeat(100_000)}`)
    })
    expect(await askWhole(bus, control.list, 'moving', {}, 5_000)).toMatch(/^newx+$/)
  })

  it('gives up on an answer that never stands still, and on one that is too long', async () => {
    const { bus } = served(() => null)
    let version = 0
    answering(bus, control.list, 'restless', (question) => {
      version += 1
      return partsOfAnswers().of(question, () => `${version}${'x'.repeat(100_000)}`)
    })
    await expect(askWhole(bus, control.list, 'restless', {}, 5_000)).rejects.toMatchObject({ code: 'BAD_ANSWER' })
    const endless = served(() => 'x'.repeat(48 * 1024 * 401))
    await expect(endless.whole()).rejects.toMatchObject({ code: 'ANSWER_TOO_LARGE' })
  })

  it('refuses parts that do not fit their digest', async () => {
    const { bus } = served(() => null)
    answering(bus, control.list, 'forged', async () => ({ chunk: 0, of: 1, digest: 'a'.repeat(64), text: '[]' }))
    await expect(askWhole(bus, control.list, 'forged', {}, 5_000)).rejects.toMatchObject({ code: 'BAD_ANSWER' })
  })
})

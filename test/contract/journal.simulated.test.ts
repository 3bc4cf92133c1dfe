import { describe, expect, it } from 'vitest'
import type { Commit } from '#ports/journal.js'
import { portfolioId } from '#units/ids.js'
import { DiskImage, openSimulatedJournal, type SimulatedJournalOptions } from '../simulation/disk.js'
import { journalContract } from './journal.js'
import { commitsOf } from './journal-samples.js'

const core = portfolioId('core')
const images = new Map<string, DiskImage>()

/** The image that stands for a directory. */
function imageOf(dir: string): DiskImage {
  const image = images.get(dir) ?? new DiskImage()
  images.set(dir, image)
  return image
}

const plain = (image: DiskImage): SimulatedJournalOptions => ({
  image,
  after: (_ms, run) => setImmediate(run),
  plan: () => ({ ms: 0, fails: false }),
})

journalContract('the simulated journal', (dir) => openSimulatedJournal(plain(imageOf(dir))))

describe('a simulated journal whose process dies', () => {
  const [first, second] = commitsOf(core, 2) as [Commit, Commit]

  it.each([
    [true, 2],
    [false, 1],
  ])('keeps what was acknowledged; what was being written survives (%s) whole or not at all', async (survives, seq) => {
    const image = new DiskImage()
    const durable: number[] = []
    const journal = openSimulatedJournal({
      ...plain(image),
      survives: () => survives,
      onDurable: (commits) => durable.push(...commits.map(({ entry }) => entry.seq)),
    })
    await journal.commit([first])
    let acknowledged = false
    void journal.commit([second]).then(() => {
      acknowledged = true
    })
    journal.die()
    for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(acknowledged).toBe(false)
    expect(image.reader.head(core).seq).toBe(seq)
    expect(durable.at(-1)).toBe(seq)
    expect(image.reader.verify(core).ok).toBe(true)
  })

  it('refuses everything after a write that failed', async () => {
    const image = new DiskImage()
    const journal = openSimulatedJournal({ ...plain(image), plan: () => ({ ms: 0, fails: true }) })
    await expect(journal.commit([first])).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED' })
    await expect(journal.commit([second])).rejects.toMatchObject({ code: 'JOURNAL_WRITE_FAILED' })
    expect(() => journal.head(core)).toThrow('journal write failed')
  })
})

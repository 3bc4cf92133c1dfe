import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shadowStore } from '#adapters/shadow-store.js'
import { portfolioId } from '#units/ids.js'
import { tempDir } from '../../support/temp-dir.js'
import { recordOf } from '../domain/shadow/records.js'

const CORE = portfolioId('core')
const numbers = async (store: ReturnType<typeof shadowStore>, id = CORE) =>
  (await store.read(id)).map(({ run }) => Number(run.slice(2)))
const file = (dir: string): string => join(dir, 'shadow', 'core.jsonl')

function opened(keep = 100) {
  const dir = tempDir()
  return { dir, open: () => shadowStore(join(dir, 'shadow'), keep) }
}

describe('a store of shadow runs', () => {
  it('has nothing before the first record, then all of them in order, also for the next process', async () => {
    const { open } = opened()
    const store = open()
    expect(await store.read(CORE)).toEqual([])
    for (const number of [1, 2, 3]) await store.append(recordOf(number))
    expect(await store.read(CORE)).toEqual([1, 2, 3].map((number) => recordOf(number)))
    const later = open()
    await later.append(recordOf(4))
    expect(await numbers(later)).toEqual([1, 2, 3, 4])
  })

  it('keeps the newest of each portfolio apart, and its file from growing', async () => {
    const { dir, open } = opened(3)
    const store = open()
    const other = portfolioId('other')
    await store.append(recordOf(1, { portfolio: other }))
    for (let number = 1; number <= 20; number += 1) {
      await store.append(recordOf(number))
      expect(readFileSync(file(dir), 'utf8').split('\n').length - 1).toBeLessThan(6)
    }
    expect(await numbers(store)).toEqual([18, 19, 20])
    expect(await numbers(store, other)).toEqual([1])
    expect(readdirSync(join(dir, 'shadow')).sort()).toEqual(['core.jsonl', 'other.jsonl'])
  })

  it('takes records that come at once one after the other', async () => {
    const { open } = opened(4)
    const store = open()
    await Promise.all(Array.from({ length: 30 }, (_, index) => store.append(recordOf(index + 1))))
    expect(await numbers(store)).toEqual([27, 28, 29, 30])
  })

  it.each([
    ['cut short by a kill', '{"v":1,"portfolio":"co'],
    ['that is no record', 'null\n'],
    ['of another version', '{"v":2,"run":"R-9"}\n'],
  ])('leaves out a line %s, and mends the file with the next record', async (_, text) => {
    const { dir, open } = opened()
    await open().append(recordOf(1))
    appendFileSync(file(dir), text)
    const store = open()
    expect(await numbers(store)).toEqual([1])
    await store.append(recordOf(2))
    expect(await numbers(store)).toEqual([1, 2])
    const rows = readFileSync(file(dir), 'utf8').trim().split('\n')
    expect(rows.map((row) => (JSON.parse(row) as { run: string }).run)).toEqual(['R-1', 'R-2'])
  })

  it('says that it cannot keep a record, and keeps the next one when it can', async () => {
    const dir = tempDir()
    writeFileSync(join(dir, 'shadow'), 'no directory')
    const store = shadowStore(join(dir, 'shadow'), 5)
    await expect(store.append(recordOf(1))).rejects.toThrow(/EEXIST|ENOTDIR/)
    const sound = shadowStore(join(dir, 'elsewhere'), 5)
    await sound.append(recordOf(1))
    expect(await numbers(sound)).toEqual([1])
  })
})

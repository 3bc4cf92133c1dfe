import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { suiteTempDir } from '../support/temp-dir.js'
import { ballast, dataOf } from './cli-process.js'
import { playWorkspace, writeWorkspace } from './cli-workspace.js'

/** Months at the end of the history in which AAA has no price. */
const SILENT = 4

describe('a portfolio one of whose names has stopped trading', () => {
  const folder = suiteTempDir()
  beforeAll(async () => {
    const workspace = writeWorkspace(folder)
    const file = join(folder, 'config', 'prices.csv')
    const rows = readFileSync(file, 'utf8').trimEnd().split('\n')
    const gone = rows.slice(-SILENT).map((row) => row.replace(/^([^,]+),[^,]+,/, '$1,,'))
    writeFileSync(file, `${[...rows.slice(0, -SILENT), ...gone].join('\n')}\n`)
    await playWorkspace(workspace)
  })

  it('says in its status what a person has to change', async () => {
    const WORDS =
      /no price of AAA for \d+ days: take it out of the targets and of the books \(reconcile\), or mend the feed/
    const one = await ballast(['status', 'fixed'], { cwd: folder })
    expect(one.stdout).toMatch(new RegExp(`^needs adjustment +${WORDS.source}$`, 'm'))
    expect((await ballast(['status'], { cwd: folder })).stdout).toMatch(/^fixed +paper +active +needs_adjustment /m)
    const { needsAdjustment } = dataOf<{ needsAdjustment: string }>(
      await ballast(['status', 'fixed', '-o', 'json'], { cwd: folder }),
    )
    expect(needsAdjustment).toMatch(WORDS)
  })
})

import { randomUUID } from 'node:crypto'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { subjects } from '#adapters/wire/subjects.js'
import { control } from '#daemon/control/messages.js'
import type { StatusRow } from '#daemon/queries/status.js'
import { type PortfolioId, portfolioId } from '#units/ids.js'
import { suiteTempDir, tempDir } from '../support/temp-dir.js'
import { ballast, dataOf, type Ended, errorOf } from './cli-process.js'
import { playWorkspace, type Workspace } from './cli-workspace.js'
import { type DaemonOptions, openControl } from './control-daemon.js'
import { writeRegimeWorkspace } from './regime-workspace.js'
import { twoOperators } from './two-operators.js'

const SIZED: PortfolioId = portfolioId('sized')
const SET = subjects.portfolio(SIZED, 'regime-set')
const CLEAR = subjects.portfolio(SIZED, 'regime-clear')

interface Journaled {
  readonly seq: number
  readonly event: { readonly type: string; readonly at: string; readonly [more: string]: unknown }
}

describe('what kind of market a portfolio is in', () => {
  let workspace: Workspace
  const folder = suiteTempDir()
  beforeAll(async () => {
    workspace = writeRegimeWorkspace(folder, 'regime: {source: detector, symbol: AAA}')
    await playWorkspace(workspace)
  })
  const copied = (): string => {
    const state = join(tempDir(), 'state')
    cpSync(workspace.state, state, { recursive: true })
    return state
  }

  describe('is told at the command line', () => {
    const stage = () => {
      const state = copied()
      const run = (...args: string[]): Promise<Ended> => ballast([...args, '--state', state], { cwd: folder })
      const json = async <T>(...args: string[]): Promise<T> => dataOf<T>(await run(...args, '-o', 'json'))
      const regime = async () => (await json<StatusRow>('status', 'sized')).regime!
      return { run, json, regime }
    }

    it('by the detector over the closes of the replay, journaled where it is news', async () => {
      const { run, json, regime } = stage()
      const entries = await json<Journaled[]>('journal', 'show', 'sized', '--limit', '2000')
      const reads = entries.filter(({ event }) => event.type === 'regimeRead')
      expect(reads.length).toBeGreaterThan(10)
      expect(reads.length).toBeLessThan(140)
      const now = await regime()
      expect(now).toMatchObject({ regime: 'CHOPPY', because: 'regime', multiplier: 0.7 })
      expect(now.reading).toMatchObject({ source: 'detector', regime: 'CHOPPY' })
      // What the command says of the same closes: no bar of it has another name.
      const detected = await ballast(['regime', '--prices', 'config/prices.csv', '--symbol', 'AAA', '-o', 'json'], {
        cwd: folder,
      })
      expect(dataOf<{ current: unknown }>(detected).current).toMatchObject({
        regime: 'CHOPPY',
        confidence: now.reading?.confidence,
      })
      expect((await run('status', 'sized')).stdout).toMatch(
        /regime +CHOPPY, weights × 0.7, confidence \d\.\d\d by detector/,
      )
      expect((await run('journal', 'verify')).code).toBe(0)
    })

    it('and weights are sized by it: a run of its own when it moves, explained, and no drift', async () => {
      const { run, json } = stage()
      const runs = await json<{ run: string; trigger: string; status: string; why: string }[]>('run', 'ls', 'sized')
      const sized = runs.filter(({ trigger }) => trigger === 'risk')
      expect(sized.length).toBeGreaterThan(2)
      expect(new Set(runs.map(({ trigger }) => trigger))).toEqual(new Set(['targets', 'risk']))
      for (const { status } of sized) expect(status).toMatch(/^COMPLETED/)
      const why = await run('explain', sized.at(-1)!.run, '-p', 'sized')
      expect(why.stdout).toMatch(/sizing by the regime goes from [\d.]+ to 0.7: CHOPPY/)
      expect(why.stdout).toContain('Every weight was multiplied by 0.7 for the regime CHOPPY (regime).')
      const { rows } = await json<{ rows: { instrument: string; target: number }[] }>('drift', 'sized')
      expect(rows.map(({ instrument, target }) => [instrument, target])).toEqual(
        expect.arrayContaining([
          ['AAA', expect.closeTo(0.28, 9)],
          ['BBB', expect.closeTo(0.28, 9)],
        ]),
      )
    })

    it('by a person in its place, until that ends or is taken back', async () => {
      const { run, json, regime } = stage()
      const by = ['--reason', 'index rebalancing', '--actor', 'ann'] as const
      const set = await json<{ seq: number; until: string }>(
        'regime',
        'set',
        'sized',
        'quiet-choppy',
        '--for',
        '5d',
        ...by,
      )
      expect(set).toMatchObject({ regime: 'QUIET_CHOPPY', multiplier: 0.5, actor: 'ann' })
      const standing = await regime()
      expect(standing).toMatchObject({ regime: 'QUIET_CHOPPY', multiplier: 0.5, because: 'override' })
      expect(standing.override).toMatchObject({ actor: 'ann', reason: 'index rebalancing', until: set.until })
      const text = await run('status', 'sized')
      expect(text.stdout).toContain('set by ann until')
      const cleared = await run('regime', 'clear', 'sized', '--reason', 'over', '--actor', 'bob')
      expect(cleared.stdout).toMatch(/regime +CHOPPY, weights × 0.7\nfrom +its readings again\nby +bob/)
      expect(await regime()).toMatchObject({ regime: 'CHOPPY', because: 'regime', override: null })
      // What somebody set is sized by as well, by whoever runs it.
      await json('regime', 'set', 'sized', 'quiet-choppy', '--for', '5d', ...by)
      expect((await run('run', 'sized', '--reason', 'size it')).code).toBe(0)
      const { rows } = await json<{ rows: { instrument: string; target: number }[] }>('drift', 'sized')
      expect(rows.find(({ instrument }) => instrument === 'AAA')?.target).toBeCloseTo(0.2, 9)
      expect((await run('journal', 'verify')).code).toBe(0)
    })

    it('and refused where it makes no sense', async () => {
      const { run } = stage()
      const codes = async (...args: string[]) => {
        const ended = await run(...args, '-o', 'json')
        return [ended.code, errorOf(ended).code]
      }
      expect(await codes('regime', 'set', 'sized', 'choppy', '--for', '5d')).toEqual([64, 'REASON_REQUIRED'])
      expect(await codes('regime', 'set', 'sized', 'sideways', '--for', '5d', '--reason', 'x')).toEqual([64, 'USAGE'])
      expect(await codes('regime', 'set', 'sized', 'choppy', '--reason', 'x')).toEqual([64, 'USAGE'])
      expect(await codes('regime', 'set', 'nobody', 'choppy', '--for', '5d', '--reason', 'x')).toEqual([
        5,
        'PORTFOLIO_UNKNOWN',
      ])
      expect(await codes('regime', 'clear', 'sized', '--reason', 'x')).toEqual([4, 'NOTHING_SET'])
      const dry = await run('regime', 'set', 'sized', 'trending', '--for', '5d', '--reason', 'x', '--dry-run')
      expect([dry.code, dry.stderr]).toEqual([0, 'Dry run: nothing was journaled.\n'])
      expect(dry.stdout).toContain('TRENDING, weights × 1.2')
    })
  })

  describe('is asked of a daemon', () => {
    const daemon = async (options: DaemonOptions = {}) => {
      const opened = await openControl(workspace.config, copied(), options)
      onTestFinished(() => opened.close())
      return opened
    }
    const plain = (changes: object = {}) => ({
      request_id: randomUUID() as string,
      actor: 'ann',
      reason: 'odd',
      ...changes,
    })
    const wish = { regime: 'choppy', for_ms: 3_600_000 }

    it('once for a request, and answered again with what came of it', async () => {
      const { tell, head, ask } = await daemon()
      const asked = plain({ ...wish, regime: 'quiet_choppy' })
      const first = await tell(control.regimeSet, SET, asked)
      expect(first).toMatchObject({ regime: 'QUIET_CHOPPY', multiplier: 0.5, duplicate: false })
      const seq = head(SIZED)
      expect(await tell(control.regimeSet, SET, asked)).toEqual({ ...first, duplicate: true })
      await expect(tell(control.regimeSet, SET, { ...asked, regime: 'choppy' })).rejects.toMatchObject({
        code: 'REQUEST_CONFLICT',
      })
      expect(head(SIZED)).toBe(seq)
      expect((await ask('status', 'sized', {})).regime).toMatchObject({ because: 'override' })
      await tell(control.regimeClear, CLEAR, plain())
      expect((await ask('status', 'sized', {})).regime).toMatchObject({ because: 'regime' })
      await expect(tell(control.regimeClear, CLEAR, plain())).rejects.toMatchObject({ code: 'NOTHING_SET' })
    })

    it.each([
      ['no time', { regime: 'choppy' }],
      ['less than a minute', { ...wish, for_ms: 59_999 }],
      ['an unknown regime', { ...wish, regime: 'CHOPPY' }],
    ])('and refused with %s', async (_, odd) => {
      const { tell } = await daemon()
      await expect(tell(control.regimeSet, SET, plain(odd))).rejects.toMatchObject({ code: 'INVALID' })
    })

    it('by one person where it makes weights smaller, by two where it makes them larger', async () => {
      const { authority, by } = twoOperators()
      const { tell, ask } = await daemon({ parts: (parts) => ({ ...parts, authority }) })
      await tell(control.regimeSet, SET, by('ann', SET, { ...wish, regime: 'quiet_choppy' }))
      const larger = await tell(control.regimeSet, SET, by('ann', SET, { ...wish, regime: 'trending' })).catch(
        (error: { code: string; data: { approval: string; terms: string[] } }) => error,
      )
      expect(larger).toMatchObject({ code: 'SECOND_OPERATOR' })
      const { approval, terms } = (larger as { data: { approval: string; terms: string[] } }).data
      expect(terms).toEqual(['sized: QUIET_CHOPPY, weights × 0.5, becomes TRENDING for 60 minutes'])
      await tell(control.approve, subjects.control('approve'), by('bob', subjects.control('approve'), { id: approval }))
      expect((await ask('status', 'sized', {})).regime).toMatchObject({ regime: 'TRENDING', multiplier: 1.2 })
      // Back to the readings of a wild market: smaller, one person is enough.
      await tell(control.regimeClear, CLEAR, by('ann', CLEAR))
      expect((await ask('status', 'sized', {})).regime).toMatchObject({ regime: 'CHOPPY' })
    })
  })
})

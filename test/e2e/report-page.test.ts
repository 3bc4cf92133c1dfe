import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collect } from '#report/collect.js'
import { renderReport } from '#report/html.js'
import { launchBrowser, withoutBrowser } from '../support/browser.js'
import { suiteTempDir } from '../support/temp-dir.js'
import { engineOver, equalParts, playTo, swings } from '../unit/report/replayed.js'

if (withoutBrowser !== undefined) process.stderr.write(`report page tests skipped: ${withoutBrowser}\n`)

describe.skipIf(withoutBrowser !== undefined)('the report in a browser', () => {
  const dir = suiteTempDir()
  const file = join(dir, 'report.html')
  let browser: Browser

  beforeAll(async () => {
    const prices = swings(120)
    const assembly = await engineOver(join(dir, 'state'), prices)
    await playTo(assembly, prices)
    const history = collect(assembly.journal, equalParts.id)
    await assembly.close()
    const longer = {
      ...history,
      name: 'A portfolio with a rather long name that has to wrap somewhere',
      currency: 'CHF',
    }
    const portfolios = [history, longer, history]
    writeFileSync(
      file,
      renderReport({ title: 'Replay of made-up swings', source: 'test', seed: 'report', version: '0', portfolios }),
    )
    browser = await launchBrowser()
  })

  afterAll(() => browser?.close())

  /** Opens the page without a network and notes what it says and asks for. */
  async function open(
    width: number,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<{ page: Page; noted: string[] }> {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, offline: true })
    const page = await context.newPage()
    const noted: string[] = []
    page.on('console', (message) => noted.push(`console: ${message.text()}`))
    page.on('pageerror', (error) => noted.push(`error: ${error.message}`))
    page.on('request', (request) => noted.push(`request: ${request.url()}`))
    await page.goto(pathToFileURL(file).href)
    return { page, noted }
  }

  for (const width of [1280, 640, 400])
    it(`shows every chart and never scrolls sideways at ${width} px`, async () => {
      const { page, noted } = await open(width)
      const [scroll, client] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      )
      expect(client).toBe(width)
      expect(scroll).toBeLessThanOrEqual(client)
      const charts = await page.locator('figure svg:visible').all()
      expect(charts).toHaveLength(8)
      for (const chart of charts) {
        const box = await chart.boundingBox()
        expect(box!.width).toBeGreaterThan(width * 0.7)
        expect(box!.x + box!.width).toBeLessThanOrEqual(width)
        expect(box!.height).toBeGreaterThan(100)
        expect(await chart.getAttribute('aria-label')).toMatch(/chart/)
      }
      const smallest = await page.evaluate<number>(
        'Math.min(...[...document.querySelectorAll("figure svg text")].filter((text) => text.checkVisibility())' +
          '.map((text) => text.getBoundingClientRect().height))',
      )
      expect(smallest).toBeGreaterThan(8)
      expect(noted).toEqual([`request: ${pathToFileURL(file).href}`])
      await page.context().close()
    })

  it('unfolds its runs into a table that scrolls by itself', async () => {
    const { page } = await open(400)
    await page.locator('details summary').first().click()
    const table = page.locator('table.runs').first()
    expect(await table.locator('tbody tr').count()).toBeGreaterThan(3)
    const [scroll, client] = await page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    )
    expect(scroll).toBeLessThanOrEqual(client)
    await page.context().close()
  })

  it('draws its charts in the colours of the scheme', async () => {
    const inks: string[] = []
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await open(1280, scheme)
      inks.push(await page.evaluate<string>('getComputedStyle(document.querySelector("figure svg text")).fill'))
      await page.context().close()
    }
    expect(inks[0]).not.toBe(inks[1])
  })

  it('has a name for every figure, table and section', async () => {
    const { page } = await open(1280)
    expect(await page.locator('figure:not(:has(figcaption))').count()).toBe(0)
    expect(await page.locator('table:not(:has(caption))').count()).toBe(0)
    expect(await page.locator('section:not([aria-labelledby])').count()).toBe(0)
    expect(await page.locator('tbody tr:not(:has(th[scope]))').count()).toBe(0)
    expect(await page.getByRole('img', { name: /equity and drawdown/ }).count()).toBe(2)
    await page.context().close()
  })

  it('prints on A4', async () => {
    const { page } = await open(1280)
    const pdf = await page.pdf({ format: 'A4' })
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    await page.context().close()
  })
})

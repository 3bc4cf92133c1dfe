import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** The Chromium that page tests use. */
export const chromiumPath: string = process.env.CHROMIUM ?? '/usr/bin/chromium'

/**
 * Why page tests cannot run here; undefined when they can. In CI a missing browser is no excuse: the tests then run
 * and fail.
 */
export const withoutBrowser: string | undefined =
  existsSync(chromiumPath) || process.env.CI !== undefined
    ? undefined
    : `no Chromium at ${chromiumPath}; install it or name one in CHROMIUM`

/** Starts a headless Chromium that talks to nobody of its own accord; the caller closes it. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  })

import { existsSync } from 'node:fs'
import { chromium, type Page } from 'playwright-core'
import { cleanUp } from './sandboxes.ts'

/** Debian's Chromium, which `scripts/ensure-browser.sh` installs. */
const CHROMIUM = '/usr/bin/chromium'

/** Why tests with a browser cannot run; undefined when they can. */
export const noBrowser = existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is missing: run scripts/ensure-browser.sh`

/** Flags that keep the browser from doing anything on its own, such as asking for updates. */
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** An empty page in a new headless browser. */
export async function newPage(): Promise<Page> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET })
  cleanUp(() => browser.close())
  return browser.newPage()
}

import { existsSync } from 'node:fs'
import { chromium, type Page } from 'playwright-core'
import { cleanUp } from './sandboxes.ts'

/** Debian's; `scripts/ensure-browser.sh` installs it where it may. */
const CHROMIUM = '/usr/bin/chromium'

/** Why tests with a browser cannot run; undefined when they can. */
export const noBrowser = existsSync(CHROMIUM) ? undefined : `there is no ${CHROMIUM}: scripts/ensure-browser.sh says how to install it`

/** Nothing that it would do by itself, such as asking for updates. */
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** An empty page of a browser of its own, without a window. */
export async function newPage(): Promise<Page> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET })
  cleanUp(() => browser.close())
  return browser.newPage()
}

import path from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { newPage, noBrowser } from '../support/browser.ts'
import { builtExample, PATIENCE, serve } from '../support/nuxt.ts'
import { newDataDir } from '../support/sandboxes.ts'

const dataDir = newDataDir()
const problems: string[] = []
let page: Page

beforeEach(({ skip }) => skip(noBrowser !== undefined, noBrowser))

beforeAll(async () => {
  if (noBrowser) return
  const output = await builtExample()
  const { url } = await serve(path.dirname(output), [path.join(output, 'server/index.mjs')], { NUXT_DOCKER_DATA_DIR: dataDir })
  page = await newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  await page.goto(url)
}, 2 * PATIENCE)

const terminal = () => page.getByRole('region', { name: 'Terminal' })
const screen = async () => ((await terminal().locator('.xterm-accessibility-tree').textContent()) ?? '').replaceAll('\u00a0', ' ')

async function open(): Promise<void> {
  await page.getByRole('button', { name: 'Terminal' }).click()
  await terminal().locator('.xterm-helper-textarea').waitFor()
  await expect.poll(screen, { timeout: 20_000 }).toContain('$')
}

async function type(keys: string): Promise<void> {
  await terminal().locator('.xterm-helper-textarea').focus()
  await page.keyboard.type(keys)
  await page.keyboard.press('Enter')
}

test('keys run commands in the terminal, which survives a reload of the page', async () => {
  await open()
  await type('X=kept; echo "6 times 7 is $((6 * 7))"')
  await expect.poll(screen, { timeout: 10_000 }).toContain('6 times 7 is 42')
  await page.reload()
  await open()
  await expect.poll(screen, { timeout: 10_000 }).toContain('6 times 7 is 42')
  await type('echo "X is $X"')
  await expect.poll(screen, { timeout: 10_000 }).toContain('X is kept')
})

test('the terminal has the size of its place', async () => {
  await type('clear; stty size')
  await expect.poll(screen, { timeout: 10_000 }).toMatch(/\d+ \d+/)
  const [rows, cols] = (/(\d+) (\d+)/.exec(await screen()) ?? []).slice(1).map(Number)
  expect(rows).toBeGreaterThan(5)
  expect(cols).toBeGreaterThan(20)
  expect([rows, cols]).not.toEqual([24, 80])
})

test('a dev server that was started in the terminal is shown in the preview', async () => {
  await type('mkdir -p site && echo "<h1>made by an agent</h1>" > site/index.html && (python3 -m http.server -d site 8000 > /dev/null 2>&1 &)')
  await page.getByRole('button', { name: 'Preview' }).first().click()
  const preview = page.getByRole('region', { name: 'Preview' })
  await preview.getByLabel('Port').fill('8000')
  await preview.getByRole('button', { name: 'Preview' }).click()
  await expect.poll(() => page.frameLocator('iframe').locator('h1').textContent(), { timeout: 20_000 }).toBe('made by an agent')
  expect(problems).toEqual([])
})

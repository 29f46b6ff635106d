import path from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { namespaceOf } from '../support/data-dir.ts'
import { containersOf, count } from '../support/docker.ts'
import { newPage, noBrowser } from '../support/browser.ts'
import { builtExample, PATIENCE, serve } from '../support/nuxt.ts'
import { newDataDir } from '../support/sandboxes.ts'

const dataDir = newDataDir()
const problems: string[] = []
const hosts = new Set<string>()
let page: Page

beforeEach(({ skip }) => skip(noBrowser !== undefined, noBrowser))

beforeAll(async () => {
  if (noBrowser) return
  const output = await builtExample()
  const { url } = await serve(path.dirname(output), [path.join(output, 'server/index.mjs')], { NUXT_DOCKER_DATA_DIR: dataDir })
  page = await newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && problems.push(message.text()))
  page.on('request', (request) => hosts.add(new URL(request.url()).host))
  await page.goto(url)
  await page.getByLabel('Command').waitFor()
}, 2 * PATIENCE)

const last = () => page.locator('.entry').last()

/** Sends a command, and waits for its end unless told otherwise. */
async function run(command: string): Promise<{ output: string; end: string }> {
  await send(command)
  await expect.poll(() => last().locator('.end').textContent(), { timeout: 20_000 }).not.toContain('running')
  return { output: (await last().locator('.output').allTextContents()).join(''), end: (await last().locator('.end').textContent()) ?? '' }
}

async function send(command: string): Promise<void> {
  await page.getByLabel('Command').fill(command)
  await page.getByLabel('Command').press('Enter')
  await expect.poll(() => last().locator('.command').textContent()).toBe(command)
}

const files = () => page.locator('.files')

async function file(verb: 'Read' | 'Write', name: string): Promise<void> {
  await files().getByLabel('Path').fill(name)
  await files().getByRole('button', { name: verb }).click()
}

const container = async () => (await containersOf(namespaceOf(dataDir) ?? ''))[0]

test('a command runs, and its output and exit code are shown', async () => {
  const { output, end } = await run('echo out; echo err >&2; exit 3')
  expect(output.trim().split('\n')).toEqual(expect.arrayContaining(['out', 'err']))
  expect(end).toMatch(/^exit 3 · \d+\.\d\d s$/)
  expect(await last().locator('.stderr').textContent()).toBe('err\n')
  expect(await page.locator('.state').textContent()).toBe('running')
})

test('output is shown as text, never as HTML', async () => {
  const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script> {{ 1 + 1 }}`
  const { output } = await run(`cat <<'END'\n${hostile}\nEND`)
  expect(output.trim()).toBe(hostile)
  expect(await page.locator('.log img, .log script').count()).toBe(0)
  expect(await page.title()).toBe('Sandbox')
})

test('output appears while the command runs, and the command can be cancelled', async () => {
  await send('echo begun; sleep 5432')
  await expect.poll(() => last().locator('.output').textContent()).toContain('begun')
  const { Id } = (await container())!
  expect(await count(Id, 'sleep 5432')).toBe(1)
  await page.getByRole('button', { name: 'Cancel' }).click()
  await expect.poll(() => last().locator('.end').textContent()).toBe('cancelled')
  await expect.poll(() => count(Id, 'sleep 5432'), { timeout: 5000 }).toBe(0)
})

test('only the end of very long output is shown', async () => {
  const { output, end } = await run('seq 300000')
  expect(output).toMatch(/^… \d+ earlier characters\n/)
  expect(output).toMatch(/\n299999\n300000\n\s*$/)
  expect(output.length).toBeLessThan(101_000)
  expect(end).toMatch(/^exit 0/)
})

test('a file can be written, run and read', async () => {
  await files().getByLabel('Content').fill("print('from the page')\n")
  await file('Write', 'sub/hello.py')
  await expect.poll(() => files().getByRole('status').textContent()).toBe('wrote sub/hello.py')
  expect((await run('python3 sub/hello.py | tee result')).output.trim()).toBe('from the page')
  await file('Read', 'result')
  await expect.poll(() => files().getByLabel('Content').inputValue()).toBe('from the page\n')
  await file('Read', 'missing')
  await expect.poll(() => files().getByRole('status').textContent()).toContain('No such file')
})

test('the sandbox can be stopped, and continues after a reload of the page', async () => {
  await page.getByRole('button', { name: 'Stop' }).click()
  await expect.poll(() => page.locator('.state').textContent()).toBe('stopped')
  expect((await container())?.State).toBe('exited')
  await page.reload()
  expect((await run('cat sub/hello.py')).output.trim()).toBe("print('from the page')")
  expect(await page.locator('.state').textContent()).toBe('running')
})

test('a new conversation has its own sandbox', async () => {
  await page.getByRole('button', { name: 'New conversation' }).click()
  await expect.poll(() => page.locator('.entry').count()).toBe(0)
  expect((await run('ls -A | wc -l')).output.trim()).toBe('0')
  expect(await containersOf(namespaceOf(dataDir) ?? '')).toHaveLength(2)
})

test('the browser reported no errors and contacted no other server', () => {
  // The browser reports the 404 of the missing file.
  expect(problems.filter((problem) => !problem.includes('404'))).toEqual([])
  expect(hosts.size).toBe(1)
})

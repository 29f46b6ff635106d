import { expect, test } from 'vitest'
import { Screen } from '../support/screen.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 1 })
const SIZE = { cols: 90, rows: 28 }
const ESCAPE = '\x1b'

async function shell(id: string): Promise<Screen> {
  const process = await box.spawn(id, ['bash', '--norc'], { pty: SIZE, env: { PS1: '$ ' } })
  const screen = new Screen(process, SIZE)
  await screen.shows(/\$ /)
  return screen
}

test('vim edits a file', async () => {
  const screen = await shell('a')
  await screen.press('vim --clean notes.txt\r', /\[New\]/)
  await screen.press('ihello from vim', /hello from vim/)
  await screen.press(`${ESCAPE}yyp`, /hello from vim\n\s*hello from vim/)
  await screen.press(':wq\r', /written|\$ $/m)
  await expect.poll(() => box.readFile('a', 'notes.txt').catch(() => '')).toBe('hello from vim\nhello from vim\n')
})

test('less shows pages, searches, and follows the size of the window', async () => {
  await box.exec('a', 'seq 1000 > numbers.txt')
  const screen = await shell('a')
  await screen.press('less numbers.txt\r', /^1\n2\n/)
  await screen.press('/^777\r', /^777\n778/)
  await screen.press('G', /1000\n.*END/)
  await screen.resize({ cols: 60, rows: 10 })
  await screen.press('g', /^1\n2\n3/)
  expect(screen.lines.length).toBe(10)
  await screen.press('q', /\$ $/m)
})

test('python3 and node have their prompts, and Ctrl-D leaves them', async () => {
  const screen = await shell('a')
  await screen.press('python3\r', />>> $/m)
  await screen.press('print(6 * 7)\r', /^42$/m)
  await screen.press('\x04', /\$ $/m)
  await screen.press('clear; node\r', /> $/m)
  await screen.press('[1, 2, 3].map((x) => x * 11)\r', /\[ 11, 22, 33 \]/)
  await screen.press('\x04', /\$ $/m)
})

test('htop shows the processes of the sandbox alone', async () => {
  const screen = await shell('a')
  await screen.press('htop\r', /PID.*USER/)
  await screen.shows(/htop|bash/)
  expect(screen.lines.join('\n')).not.toMatch(/dockerd|containerd/)
  await screen.press('q', /\$ $/m)
})

test('Ctrl-C and Ctrl-Z reach the program in the foreground', async () => {
  const screen = await shell('a')
  await screen.press('sleep 1000\r', /sleep 1000/)
  await screen.press('\x1a', /Stopped/)
  await screen.press('fg\r', /sleep 1000\n*$/)
  await screen.press('\x03', /\^C/)
  await screen.press('echo code $?\r', /code 130/)
})

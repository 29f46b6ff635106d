import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes()
const ID = 'a'

test('a process in a terminal has one, of the size that was asked for', async () => {
  const process = await box.spawn(ID, 'tty; stty size; echo "$TERM"; test -t 0 && test -t 1 && test -t 2 && echo all; ls -l "$(tty)"', { pty: { cols: 100, rows: 30 } })
  expect(process.stderr).toBeNull()
  let output = ''
  for await (const piece of process.output()) output += piece.data
  const [tty, size, term, all, owner] = output.split('\r\n')
  expect(tty).toMatch(/^\/dev\/pts\/\d+$/)
  expect([size, term, all]).toEqual(['30 100', 'xterm-256color', 'all'])
  expect(owner).toMatch(/^crw.* (sandbox|1000) /)
  expect(await process.wait()).toMatchObject({ exitCode: 0 })
})

test('keys are echoed, Ctrl-C interrupts, Ctrl-D ends', async () => {
  const process = await box.spawn(ID, ['cat'], { pty: {} })
  process.stdin!.write('hello\r')
  await process.waitForOutput(/hello\r\nhello\r\n/)
  process.stdin!.write('\x03')
  expect(await process.wait()).toMatchObject({ signal: 'SIGINT' })
  const second = await box.spawn(ID, ['cat'], { pty: {} })
  second.stdin!.end()
  expect(await second.wait()).toMatchObject({ exitCode: 0 })
})

test('a change of the size arrives', async () => {
  const process = await box.spawn(ID, ['bash', '-c', 'trap "stty size" WINCH; echo ready; while :; do sleep 0.05; done'], { pty: { cols: 80, rows: 24 } })
  await process.waitForOutput('ready')
  expect(await process.resize({ cols: 132, rows: 50 })).toBe(true)
  await process.waitForOutput('50 132')
  await process.close()
  expect(await process.resize({ cols: 10, rows: 10 })).toBe(false)
  const plain = await box.spawn(ID, 'sleep 30')
  await rejection(plain.resize({ cols: 10, rows: 10 }), 'CONFLICT')
  await rejection(plain.resize({ cols: 0, rows: 10 }), 'INVALID_ARGUMENT')
  await plain.close()
})

test('a login shell has job control and no complaints', async () => {
  const process = await box.spawn(ID, ['bash', '-l', '-i'], { pty: {}, env: { PS1: '$ ' } })
  let screen = ''
  process.stdout.on('data', (data) => {
    screen += data
  })
  const type = async (keys: string, expected: string | RegExp) => {
    const before = screen.length
    process.stdin!.write(keys)
    await expect.poll(() => screen.slice(before), { timeout: 10_000 }).toMatch(expected)
  }
  await expect.poll(() => screen, { timeout: 10_000 }).toMatch(/\$ $/)
  expect(screen).not.toMatch(/cannot|no job control|groups:/)
  await type('sleep 1000\r', 'sleep 1000')
  await new Promise((resolve) => setTimeout(resolve, 200))
  await type('\x1a', /Stopped\s+sleep 1000/)
  await type('jobs\r', /\[1\]\+\s+Stopped/)
  await type('kill %1; groups\r', /sandbox/)
  await type('exit\r', /exit/)
  expect(await process.wait()).toMatchObject({ signal: null })
})

test('a terminal that is detached survives its handle, and hangs up on what is left in it', async () => {
  const first = await box.spawn(ID, ['bash', '--norc'], { pty: {}, detached: true, env: { PS1: '> ' } })
  first.stdin!.write('X=kept\r')
  await first.waitForOutput('X=kept')
  await first.close()
  const again = await box.attach(ID, first.id, { from: 'now' })
  again.stdin!.write('echo "x is $X"\r')
  await again.waitForOutput('x is kept')
  again.stdin!.write('exit\r')
  await again.wait()
})

import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { rejection } from '../../support/errors.ts'
import { describeBoth } from './both.ts'

describeBoth((open) => {
  const box = open()

  test('a process has output, an end and a place in the list', async () => {
    const process = await box.spawn('a', 'echo out; echo err >&2; exit 3', { name: 'short' })
    expect(process).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{16}$/), name: 'short', detached: false, pty: false, stdin: null })
    expect(await Promise.all([text(process.stdout), text(process.stderr!)])).toEqual(['out\n', 'err\n'])
    expect(await process.wait()).toMatchObject({ exitCode: 3, signal: null, timedOut: false, oomKilled: false, limits: [], outputOpen: false, stdoutBytes: 4, stderrBytes: 4 })
    const [listed] = (await box.processes('a')).filter(({ id }) => id === process.id)
    expect(listed).toMatchObject({ name: 'short', origin: 'spawn', result: { exitCode: 3 } })
  })

  test('input ends where the caller ends it', async () => {
    const process = await box.spawn('a', 'cat', { stdin: 'pipe' })
    process.stdin!.end('hello')
    expect(await text(process.stdout)).toBe('hello')
    const error = await new Promise<unknown>((resolve) => process.stdin!.write('more', resolve))
    expect(error).toBeInstanceOf(Error)
  })

  test('a process that is killed says so, once', async () => {
    const process = await box.spawn('a', 'sleep 30')
    expect(await process.kill('SIGKILL')).toBe(true)
    expect(await process.wait()).toMatchObject({ exitCode: 137, signal: 'SIGKILL' })
    expect(await process.kill('SIGKILL')).toBe(false)
  })

  test('a deadline and an abort end a process', async () => {
    const late = await box.spawn('a', 'sleep 30', { timeout: 200 })
    expect(await late.wait()).toMatchObject({ exitCode: 124, timedOut: true })
    const aborted = await box.spawn('a', 'sleep 30', { signal: AbortSignal.timeout(100) })
    await rejection(aborted.wait(), 'ABORTED')
  })

  test('a detached process is found again, with its output', async () => {
    const first = await box.spawn('a', 'echo out; echo err >&2; exit 3', { detached: true })
    await first.wait()
    await first.close()
    const again = await box.attach('a', first.id, { from: { stdout: 1 } })
    const pieces = []
    for await (const piece of again.output()) pieces.push(piece)
    expect(pieces).toContainEqual({ stream: 'stdout', offset: 1, data: 'ut\n' })
    expect(pieces).toContainEqual({ stream: 'stderr', offset: 0, data: 'err\n' })
    expect(await again.wait()).toMatchObject({ exitCode: 3 })
  })

  test('who cannot be attached to, connected to or started is an error', async () => {
    const process = await box.spawn('a', 'sleep 30')
    await rejection(box.attach('a', process.id), 'CONFLICT')
    await rejection(box.attach('a', '0123456789abcdef'), 'NOT_FOUND')
    await rejection(box.attach('a', 'x'), 'INVALID_ARGUMENT')
    await rejection(process.resize({ cols: 1, rows: 1 }), 'CONFLICT')
    await rejection(box.connect('a', 9), 'NOT_FOUND')
    await rejection(box.spawn('a', 'true', { cwd: 'none' }), 'COMMAND_NOT_STARTED')
    await rejection(box.spawn('a', ''), 'INVALID_ARGUMENT')
    await rejection(box.spawn('a', 'true', { log: 1 }), 'INVALID_ARGUMENT')
    expect(await box.ports('a')).toEqual([])
    await process.close()
  })

  test('a stop ends processes', async () => {
    const process = await box.spawn('b', 'sleep 30', { detached: true })
    const waiting = rejection(process.wait(), 'SANDBOX_LOST')
    await box.stop('b')
    await waiting
    expect(await box.processes('b')).toEqual([])
    expect(await process.kill()).toBe(false)
  })

  test('a shell runs one command after the other', async () => {
    await using shell = await box.shell('a')
    expect(await shell.run('echo out; echo err >&2; exit 3')).toMatchObject({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 })
    expect(await shell.run('echo out; echo err >&2; exit 3', { encoding: 'buffer' })).toMatchObject({ stdout: Buffer.from('out\n') })
  })
})

import { expect, test } from 'vitest'
import { count, docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test('an already aborted signal keeps the command from running', async () => {
  const reason = new Error('not today')
  const error = await rejection(box.exec('a', 'touch ran', { signal: AbortSignal.abort(reason) }), 'ABORTED')
  expect(error.cause).toBe(reason)
  expect(error.details).toMatchObject({ stdout: '', stderr: '', stdoutBytes: 0, stderrBytes: 0 })
  expect((await box.exec('a', 'ls')).stdout).toBe('')
})

test('an abort kills the command and everything it started, and keeps its output', async () => {
  const { containerId } = await box.getOrCreate('a')
  const abort = new AbortController()
  const { result } = await startCommand(box, 'a', "echo partial; trap '' TERM; (setsid sleep 2222 &); sleep 2222", { signal: abort.signal })
  const begun = Date.now()
  abort.abort()
  const error = await rejection(result, 'ABORTED')
  expect(Date.now() - begun).toBeLessThan(3000)
  expect(error.details).toMatchObject({ stdout: 'partial\n', stderr: '', stdoutBytes: 8 })
  expect(error.cause).toBe(abort.signal.reason)
  await expect.poll(() => count(containerId, 'sleep 2222'), { timeout: 2000 }).toBe(0)
})

test('the output in an error is bytes if the caller asked for bytes', async () => {
  const line = "printf '\\377\\000a'; printf 'text' >&2; sleep 60"
  for (const encoding of ['buffer', 'utf8'] as const) {
    const abort = new AbortController()
    const { result } = await startCommand(box, 'a', line, { signal: abort.signal, encoding })
    abort.abort()
    const { details } = await rejection(result, 'ABORTED')
    const [stdout, stderr] = encoding === 'buffer' ? [Buffer.from([255, 0, 97]), Buffer.from('text')] : ['\ufffd\0a', 'text']
    expect(details).toEqual({ stdout, stderr, stdoutBytes: 3, stderrBytes: 4 })
  }
  const early = await rejection(box.exec('a', 'true', { signal: AbortSignal.abort(), encoding: null }), 'ABORTED')
  expect(early.details).toMatchObject({ stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) })
})

test('an abort after the end changes nothing', async () => {
  const abort = new AbortController()
  const result = await box.exec('a', 'echo done; (sleep 2223 &)', { signal: abort.signal })
  abort.abort()
  expect(result).toMatchObject({ stdout: 'done\n', exitCode: 0 })
  const { containerId } = await box.getOrCreate('a')
  expect(await count(containerId, 'sleep 2223')).toBe(1)
})

test('one signal aborts many commands', async () => {
  const abort = new AbortController()
  const runs = Array.from({ length: 20 }, () => rejection(box.exec('a', 'sleep 60', { signal: abort.signal }), 'ABORTED'))
  setTimeout(() => abort.abort(), 300)
  expect(await Promise.all(runs)).toHaveLength(20)
})

test('a command that floods its output can be aborted', async () => {
  const abort = new AbortController()
  const { result } = await startCommand(box, 'a', 'yes', { signal: abort.signal })
  abort.abort()
  const error = await rejection(result, 'ABORTED')
  expect(String(error.details?.stdout)).toMatch(/^y\ny\n/)
})

test('an abort rejects promptly in a paused sandbox', async () => {
  const { containerId } = await box.getOrCreate('paused')
  const abort = new AbortController()
  const { result } = await startCommand(box, 'paused', 'echo partial; sleep 60', { signal: abort.signal })
  await docker.getContainer(containerId).pause()
  const begun = Date.now()
  abort.abort()
  await rejection(result, 'ABORTED')
  expect(Date.now() - begun).toBeLessThan(10_000)
})

test('AbortSignal.timeout aborts a command', async () => {
  const error = await rejection(box.exec('a', 'sleep 60', { signal: AbortSignal.timeout(200) }), 'ABORTED')
  expect(error.cause).toMatchObject({ name: 'TimeoutError' })
})

test('a signal used by many calls accumulates no listeners', async () => {
  const abort = new AbortController()
  let listeners = 0
  const { signal } = abort
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++
    addEventListener.apply(signal, args)
  }
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--
    removeEventListener.apply(signal, args)
  }
  for (let call = 0; call < 20; call++) await box.exec('a', 'true', { signal })
  expect(listeners).toBe(0)
})

test.each([[null], [{}], ['signal'], [{ aborted: false }]])('rejects %j as a signal', async (signal) => {
  const error = await rejection(box.exec('a', 'true', { signal: signal as unknown as AbortSignal }), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'signal' })
})

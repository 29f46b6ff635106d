import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const MIB = 1024 * 1024

const box = newSandboxes()

test('every call rejects when its signal is already aborted', async () => {
  const signal = AbortSignal.abort('reason')
  const calls = [
    box.getOrCreate('a', { signal }),
    box.readFile('a', 'x', { signal }),
    box.writeFile('a', 'x', '', { signal }),
    box.stop('a', { signal }),
    box.remove('a', { signal }),
    box.isRunning('a', { signal }),
    box.info('a', { signal }),
    box.list({ signal }),
  ].map((call) => rejection(call, 'ABORTED'))
  for (const error of await Promise.all(calls)) expect(error.cause).toBe('reason')
  expect(await box.list()).toEqual([])
})

test('getOrCreate can be aborted, and the sandbox works afterwards', async () => {
  const abort = new AbortController()
  const making = rejection(box.getOrCreate('b', { signal: abort.signal }), 'ABORTED')
  setTimeout(() => abort.abort(), 20)
  await making
  expect((await box.exec('b', 'echo ok')).stdout).toBe('ok\n')
})

test('one caller’s abort does not affect another that waits for the same sandbox', async () => {
  const abort = new AbortController()
  const first = rejection(box.getOrCreate('c', { signal: abort.signal }), 'ABORTED')
  const second = box.getOrCreate('c')
  abort.abort()
  await first
  expect((await second).id).toBe('c')
})

test('an aborted write leaves the old content and no partial file', async () => {
  await box.writeFile('d', 'file', 'old')
  const abort = new AbortController()
  const write = box.writeFile('d', 'file', new Uint8Array(64 * MIB), { signal: abort.signal })
  setTimeout(() => abort.abort(), 5)
  await rejection(write, 'ABORTED')
  expect(await box.readFile('d', 'file')).toBe('old')
  const files = async () => (await box.exec('d', 'ls -A')).stdout
  await expect.poll(files, { timeout: 5000 }).toBe('file\n')
})

test('a read can be aborted', async () => {
  await box.exec('e', 'truncate -s 64M file')
  const abort = new AbortController()
  const read = box.readFile('e', 'file', { encoding: null, signal: abort.signal })
  setTimeout(() => abort.abort(), 5)
  await rejection(read, 'ABORTED')
  expect((await box.exec('e', 'echo ok')).stdout).toBe('ok\n')
})

test('a read in a paused sandbox can be aborted', async () => {
  await box.writeFile('f', 'file', 'x')
  const { containerId } = await box.getOrCreate('f')
  await docker.getContainer(containerId).pause()
  const abort = new AbortController()
  const read = rejection(box.readFile('f', 'file', { signal: abort.signal }), 'ABORTED')
  setTimeout(() => abort.abort(), 20)
  await read
  expect(await box.readFile('f', 'file')).toBe('x')
})

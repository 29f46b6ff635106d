import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

async function stat(path: string): Promise<string> {
  return (await box.exec('a', ['stat', '-c', '%F %a %u:%g', path])).stdout.trim()
}

test('missing directories are created and belong to the user', async () => {
  await box.writeFile('a', 'deep/er/and/deeper.txt', 'x')
  expect(await stat('deep/er/and/deeper.txt')).toBe('regular file 644 1000:1000')
  expect(await stat('deep/er')).toBe('directory 755 1000:1000')
})

test.each(['755', '600', '640', '444'])('an existing file keeps its mode %s', async (mode) => {
  const name = `mode-${mode}`
  await box.exec('a', `echo old > ${name}; chmod ${mode} ${name}`)
  const written = box.writeFile('a', name, 'new')
  if (mode === '444') await rejection(written, 'FILE_ERROR')
  else await written
  expect(await stat(name)).toBe(`regular file ${mode} 1000:1000`)
  expect(await box.readFile('a', name)).toBe(mode === '444' ? 'old\n' : 'new')
})

test('a read-only file cannot be overwritten', async () => {
  await box.exec('a', 'echo old > read-only; chmod 444 read-only')
  const error = await rejection(box.writeFile('a', 'read-only', 'new'), 'FILE_ERROR')
  expect(error.details).toMatchObject({ errno: 'EACCES', path: 'read-only' })
})

test('no file can be created in a read-only directory', async () => {
  await box.exec('a', 'mkdir closed; chmod 555 closed')
  const error = await rejection(box.writeFile('a', 'closed/new', 'x'), 'FILE_ERROR')
  expect(error.details).toMatchObject({ errno: 'EACCES' })
})

test('a running program can be replaced', async () => {
  await box.exec('a', 'cp /bin/sleep running; ./running 30 & sleep 0.2')
  await box.writeFile('a', 'running', 'replaced')
  expect(await box.readFile('a', 'running')).toBe('replaced')
  await box.exec('a', 'pkill running')
})

test('a process that has the file open keeps the old content', async () => {
  await box.writeFile('a', 'open', 'old')
  const reader = box.exec('a', 'exec 3<open; touch ready; while [ ! -e go ]; do sleep 0.05; done; cat <&3')
  await expect.poll(async () => (await box.exec('a', 'test -e ready')).exitCode, { timeout: 10_000 }).toBe(0)
  await box.writeFile('a', 'open', 'new')
  await box.writeFile('a', 'go', '')
  expect((await reader).stdout).toBe('old')
})

test('a write leaves no temporary files in the directory', async () => {
  await Promise.all(Array.from({ length: 20 }, () => box.writeFile('a', 'tidy/file', 'x'.repeat(300_000))))
  expect((await box.exec('a', ['ls', '-A', 'tidy'])).stdout).toBe('file\n')
})

test.each([[1], [null], [undefined], [['a']], [{}], [new ArrayBuffer(1)]])('rejects %j as data', async (data) => {
  const error = await rejection(box.writeFile('a', 'x', data as string), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'data' })
})

test.each([0o755, 0o600, 0o444, 0])('a file gets the mode %s, whether it exists or not', async (mode) => {
  const name = `given-${mode}`
  await box.writeFile('a', name, '#!/bin/sh\necho ran\n', { mode })
  const octal = mode.toString(8)
  expect(await stat(name)).toBe(`regular file ${octal} 1000:1000`)
  await box.exec('a', ['chmod', '660', name])
  await box.writeFile('a', name, '#!/bin/sh\necho again\n', { mode })
  expect(await stat(name)).toBe(`regular file ${octal} 1000:1000`)
  if (mode === 0o755) expect((await box.exec('a', [`./${name}`])).stdout).toBe('again\n')
})

test.each([-1, 0o1000, 0o4755, 1.5, NaN, '755', null])('rejects %j as a mode', async (mode) => {
  const error = await rejection(box.writeFile('a', 'x', '', { mode: mode as number }), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'mode' })
})

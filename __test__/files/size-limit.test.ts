import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const MIB = 1024 * 1024

const box = newSandboxes({ cpus: 2 })

test('reading a file one byte over 64 MiB is refused, and the error names the limit', async () => {
  await box.exec('a', ['truncate', '-s', String(64 * MIB + 1), 'large'])
  const error = await rejection(box.readFile('a', 'large'), 'FILE_TOO_LARGE')
  expect(error.message).toContain('64 MiB')
  expect(error.details).toMatchObject({ limit: 64 * MIB, size: 64 * MIB + 1, path: 'large' })
})

test('a sparse file of 8 TiB is refused at once', async () => {
  await box.exec('a', ['truncate', '-s', '8T', 'huge'])
  const begun = Date.now()
  await rejection(box.readFile('a', 'huge'), 'FILE_TOO_LARGE')
  expect(Date.now() - begun).toBeLessThan(3000)
})

test('writing more than 64 MiB is refused, and the existing file stays', async () => {
  await box.writeFile('a', 'kept', 'old')
  const error = await rejection(box.writeFile('a', 'kept', new Uint8Array(64 * MIB + 1)), 'FILE_TOO_LARGE')
  expect(error.message).toContain('64 MiB')
  expect(await box.readFile('a', 'kept')).toBe('old')
})

test('a file that grows while it is read never exceeds the limit', async () => {
  await box.exec('a', 'truncate -s 60M grows; (while :; do head -c 1000000 /dev/zero >> grows; done) & sleep 0.1')
  const outcome = await box.readFile('a', 'grows', null).catch((error: Error & { code: string }) => error.code)
  if (typeof outcome === 'string') expect(outcome).toBe('FILE_TOO_LARGE')
  else expect(outcome.length).toBeLessThanOrEqual(64 * MIB)
  await box.exec('a', 'pkill -9 -f head; pkill -9 bash; true')
})

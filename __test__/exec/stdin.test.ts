import { createHash, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

const FIVE_MB = randomBytes(5_000_000)

test('standard input is empty when it is not given', async () => {
  expect(await box.exec('a', 'wc -c; readlink /proc/self/fd/0')).toMatchObject({ stdout: '0\n/dev/null\n' })
})

test('text is sent as UTF-8', async () => {
  expect((await box.exec('a', ['cat'], { stdin: 'é 😀\n' })).stdout).toBe('é 😀\n')
})

test('an empty string ends at once', async () => {
  expect((await box.exec('a', ['wc', '-c'], { stdin: '' })).stdout).toBe('0\n')
})

test('5 MB of bytes arrive intact', async () => {
  const { stdout } = await box.exec('a', ['sha256sum'], { stdin: FIVE_MB })
  expect(stdout).toBe(`${createHash('sha256').update(FIVE_MB).digest('hex')}  -\n`)
})

test('5 MB are sent and received at the same time', async () => {
  const { stdout } = await box.exec('a', ['cat'], { stdin: FIVE_MB, outputLimit: '8m', encoding: 'buffer' })
  expect(Buffer.compare(stdout, FIVE_MB)).toBe(0)
})

test('a command that does not read its input ends as usual', async () => {
  expect(await box.exec('a', 'echo done', { stdin: FIVE_MB })).toMatchObject({ exitCode: 0, stdout: 'done\n' })
})

test('a command that closes its input early ends as usual', async () => {
  expect(await box.exec('a', 'head -c 3; exec <&-; sleep 0.1; echo .', { stdin: `abc${'x'.repeat(1_000_000)}` })).toMatchObject({ exitCode: 0, stdout: 'abc.\n' })
})

test('a deadline kills a command that does not read its input', async () => {
  const begun = Date.now()
  const result = await box.exec('a', 'sleep 60', { stdin: FIVE_MB, timeout: 500 })
  expect(result).toMatchObject({ timedOut: true, exitCode: 124 })
  expect(Date.now() - begun).toBeLessThan(5000)
})

test('changing the array later does not change the input', async () => {
  const bytes = new Uint8Array(1_000_000).fill(97)
  const run = box.exec('a', 'sleep 0.2; tr -d a | wc -c', { stdin: bytes })
  bytes.fill(98)
  expect((await run).stdout).toBe('0\n')
})

test('a view into a larger buffer sends only its own bytes', async () => {
  const view = new Uint8Array(Buffer.from('0123456789').buffer, 0).subarray()
  const part = Buffer.from('0123456789').subarray(3, 6)
  expect(view.length).toBeGreaterThan(3)
  expect((await box.exec('a', ['cat'], { stdin: part })).stdout).toBe('345')
})

test.each([[1], [null], [['a']], [{}], [new ArrayBuffer(1)]])('rejects %j as input', async (stdin) => {
  const error = await rejection(box.exec('a', 'cat', { stdin: stdin as unknown as string }), 'INVALID_ARGUMENT')
  expect(error.details).toMatchObject({ argument: 'stdin' })
})

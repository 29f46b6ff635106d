import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

const MIB = 1024 * 1024

const box = newSandboxes({ cpus: 2 })

test('text comes back as it was written', async () => {
  const text = 'first\nzweite é 😀 \u202e\r\n\0\ufeffend'
  await box.writeFile('a', 'text.txt', text)
  expect(await box.readFile('a', 'text.txt')).toBe(text)
})

test('bytes come back as they were written', async () => {
  const bytes = Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256))
  await box.writeFile('a', 'bytes', bytes)
  for (const options of ['buffer', null, { encoding: 'buffer' }, { encoding: null }] as const) {
    expect(await box.readFile('a', 'bytes', options)).toEqual(bytes)
  }
})

test('an empty file can be written and read', async () => {
  await box.writeFile('a', 'empty', '')
  expect(await box.readFile('a', 'empty')).toBe('')
  await box.writeFile('a', 'empty', new Uint8Array())
  expect(await box.readFile('a', 'empty', null)).toEqual(Buffer.alloc(0))
})

test('shorter content completely replaces longer content', async () => {
  await box.writeFile('a', 'shrinks', 'x'.repeat(300_000))
  await box.writeFile('a', 'shrinks', 'short')
  expect(await box.readFile('a', 'shrinks')).toBe('short')
})

test.each([4095, 4096, 4097, 131_071, 131_072, 131_073, 262_144, 1_000_003])('%i bytes come back intact', async (size) => {
  const bytes = randomBytes(size)
  await box.writeFile('a', 'sized', bytes)
  expect(Buffer.compare(await box.readFile('a', 'sized', null), bytes)).toBe(0)
})

test.each([10, 64])('%i MiB come back intact', async (mebibytes) => {
  const bytes = randomBytes(mebibytes * MIB)
  await box.writeFile('a', 'large', bytes)
  expect(Buffer.compare(await box.readFile('a', 'large', null), bytes)).toBe(0)
})

test('readFile reads what commands write, and commands read what writeFile writes', async () => {
  await box.exec('a', 'printf "from a command" > there')
  expect(await box.readFile('a', 'there')).toBe('from a command')
  await box.writeFile('a', 'here', 'from outside')
  expect((await box.exec('a', 'cat here')).stdout).toBe('from outside')
})

test('a view into a larger buffer writes only its own bytes', async () => {
  await box.writeFile('a', 'view', Buffer.from('0123456789').subarray(3, 6))
  expect(await box.readFile('a', 'view')).toBe('345')
})

test('changing the array later does not change what is written', async () => {
  const bytes = new Uint8Array(8 * MIB).fill(97)
  const written = box.writeFile('a', 'snapshot', bytes)
  bytes.fill(98)
  await written
  expect((await box.readFile('a', 'snapshot', null)).every((byte) => byte === 97)).toBe(true)
})

test('files in /proc, which report a size of 0, are read completely', async () => {
  expect(await box.readFile('a', '/proc/version')).toContain('Linux')
})

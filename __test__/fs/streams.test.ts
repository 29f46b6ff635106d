import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ network: 'none', memory: '512m' })
const fs = box.fs('a')

test('streams carry files of any size, and parts of them', async () => {
  const piece = randomBytes(1024 * 1024)
  const hash = createHash('sha256')
  const parts = Array.from({ length: 100 }, () => piece)
  for (const part of parts) hash.update(part)
  await pipeline(Readable.from(parts), fs.createWriteStream('big'))
  const expected = hash.digest('hex')
  expect((await fs.stat('big')).size).toBe(100 * piece.length)
  expect((await box.exec('a', 'sha256sum big')).stdout.slice(0, 64)).toBe(expected)
  const back = createHash('sha256')
  for await (const part of fs.createReadStream('big')) back.update(part)
  expect(back.digest('hex')).toBe(expected)
  const middle = await buffer(fs.createReadStream('big', { start: 1_048_570, end: 1_048_585 }))
  expect(middle.equals(Buffer.concat([piece.subarray(-6), piece.subarray(0, 10)]))).toBe(true)
  expect((await fs.readFile('big')).length).toBe(100 * piece.length)
})

test('a stream writes into a file, at its end, and what an iterable gives', async () => {
  await fs.writeFile('part', '0123456789')
  await pipeline(Readable.from(['ab']), fs.createWriteStream('part', { start: 4 }))
  await pipeline(Readable.from(['end']), fs.createWriteStream('part', { flags: 'a' }))
  expect(await text(fs.createReadStream('part', 'utf8'))).toBe('0123ab6789end')
  await fs.writeFile('made', (async function* () { yield 'one '; yield Buffer.from('two') })())
  expect(await fs.readFile('made', 'utf8')).toBe('one two')
  await expect(pipeline(fs.createReadStream('missing'), async function* (source) { yield* source })).rejects.toMatchObject({ code: 'ENOENT', path: 'missing' })
})

test('streams that are destroyed close their files', async () => {
  for (let count = 0; count < 500; count++) {
    const stream = fs.createReadStream('big')
    stream.once('data', () => stream.destroy())
    await new Promise((resolve) => stream.once('close', resolve))
  }
  expect((await fs.stat('big')).size).toBeGreaterThan(0)
})

test('a session and a sandbox have the same file system', async () => {
  const sandbox = await box.getOrCreate('a')
  await sandbox.fs.writeFile('shared', 'x')
  expect(await fs.readFile('shared', 'utf8')).toBe('x')
  expect(sandbox.fs.promises).toBe(sandbox.fs)
})

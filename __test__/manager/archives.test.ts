import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { ArchiveSource } from '../../index.js'
import { name } from '../support/build-contexts.ts'
import { containersOf, docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { collect, create, newManager, run } from '../support/manager.ts'
import { cleanUp, namespace, newDataDir, open } from '../support/sandboxes.ts'
import { names, tar } from '../support/tar.ts'

const manager = newManager()
const MIB = 1024 * 1024

test('files go into a container and come back, started or not', async () => {
  const id = await create(manager)
  const large = randomBytes(3 * MIB + 7)
  await manager.putArchive(id, '/tmp', tar({ 'a.txt': 'one', 'large.bin': large }))
  const archive = Buffer.concat(await collect(manager.getArchive(id, '/tmp/large.bin')))
  expect(names(archive)).toEqual(['large.bin'])
  expect(archive.subarray(512, 512 + large.length).equals(large)).toBe(true)
  expect(await manager.archiveInfo(id, '/tmp/a.txt')).toMatchObject({ name: 'a.txt', kind: 'file', size: 3, mode: 0o644, linkTarget: null })
  expect(await manager.archiveInfo(id, '/tmp')).toMatchObject({ kind: 'directory' })
  await manager.startContainer(id)
  expect((await manager.exec(id, 'ln -s a.txt /tmp/link; cat /tmp/a.txt; stat -c %u /tmp/a.txt')).stdout).toBe('one0\n')
  expect(await manager.archiveInfo(id, '/tmp/link')).toMatchObject({ kind: 'link', linkTarget: '/tmp/a.txt' })
})

test.each<[string, (archive: Buffer) => ArchiveSource]>([
  ['a stream of Node', (archive) => Readable.from([archive.subarray(0, 700), archive.subarray(700)])],
  ['an array of pieces', (archive) => [archive.subarray(0, 1), archive.subarray(1)]],
  ['a compressed archive', (archive) => gzipSync(archive)],
])('%s is taken', async (_, source) => {
  const id = await create(manager)
  await manager.putArchive(id, '/tmp', source(tar({ a: 'b' })))
  expect(names(Buffer.concat(await collect(manager.getArchive(id, '/tmp/a'))))).toEqual(['a'])
})

test('archives go through files without being held in memory', async () => {
  const [id, file] = [await create(manager), path.join(newDataDir(), 'x.tar')]
  writeFileSync(file, tar({ big: randomBytes(20 * MIB) }))
  await manager.putArchive(id, '/tmp', createReadStream(file))
  await pipeline(manager.getArchive(id, '/tmp/big'), createWriteStream(`${file}.copy`))
  expect((await manager.archiveInfo(id, '/tmp/big')).size).toBe(20 * MIB)
  expect(names(Buffer.concat(await collect(createReadStream(`${file}.copy`) as AsyncIterable<Buffer>)))).toEqual(['big'])
})

test('a source is asked for its next piece only when the engine has room', async () => {
  const id = await create(manager)
  let taken = 0
  // The pieces after this one come only once the call has ended, so a source that is read ahead would never end.
  async function* source() {
    yield tar({ a: randomBytes(MIB) })
    for (;;) {
      taken += 1
      yield Buffer.alloc(64 * 1024)
    }
  }
  // The end of an archive is zeros: the engine stops to read there.
  await manager.putArchive(id, '/tmp', source(), { signal: AbortSignal.timeout(3000) }).catch((error: { code: string }) => expect(error.code).toBe('ABORTED'))
  const after = taken
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(taken).toBe(after)
})

test('the error of a source is that of the call, and a call that is refused ends its source', async () => {
  const id = await create(manager)
  const own = new Error('my own')
  const failing = async function* () {
    yield Buffer.alloc(10)
    throw own
  }
  await expect(manager.putArchive(id, '/tmp', failing())).rejects.toBe(own)
  let returned = false
  const endless = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false as const, value: Buffer.alloc(64 * 1024) }), return: async () => ((returned = true), { done: true as const, value: undefined }) }) }
  await rejection(manager.putArchive(id, '/nowhere/at/all', endless), 'NOT_FOUND')
  await expect.poll(() => returned).toBe(true)
  const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
  const controller = new AbortController()
  const waits = manager.putArchive(id, '/tmp', silent, { signal: controller.signal })
  controller.abort()
  await rejection(waits, 'ABORTED')
  expect((await rejection(manager.putArchive(id, '/tmp', 'text' as never), 'INVALID_ARGUMENT')).details?.argument).toBe('archive')
  expect((await rejection(manager.putArchive(id, '/tmp', ['text'] as never), 'INVALID_ARGUMENT')).details?.argument).toBe('archive')
  await rejection(manager.putArchive(id, '/tmp', randomBytes(2000)), 'ENGINE_ERROR')
})

test('leaving a loop over an archive closes its connection, and what is missing is NOT_FOUND', async () => {
  const id = await create(manager)
  for await (const piece of manager.getArchive(id, '/usr')) {
    expect(piece.length).toBeGreaterThan(0)
    break
  }
  await rejection(manager.getArchive(id, '/nowhere').next(), 'NOT_FOUND')
  await rejection(manager.archiveInfo(id, '/nowhere'), 'NOT_FOUND')
  await rejection(manager.getArchive('no-such', '/').next(), 'NOT_FOUND')
  expect((await rejection(manager.getArchive(id, '').next(), 'INVALID_ARGUMENT')).details?.argument).toBe('path')
})

test('owners are those of the archive, and kinds are kept when asked for', async () => {
  const id = await run(manager)
  await manager.exec(id, 'mkdir /tmp/a')
  await rejection(manager.putArchive(id, '/tmp', tar({ a: 'a file' }), { keepKinds: true }), 'ENGINE_ERROR')
  const owned = await create(manager)
  const archive = Buffer.concat(await collect(manager.getArchive(id, '/tmp/a')))
  await manager.putArchive(owned, '/tmp', archive)
  await manager.startContainer(owned)
  expect((await manager.exec(owned, 'stat -c %u /tmp/a')).stdout).toBe((await manager.exec(id, 'id -u')).stdout)
})

test('the container of a sandbox is refused, by its id and by its name', async () => {
  const dataDir = newDataDir()
  const sandboxes = open(dataDir)
  await sandboxes.exec('one', 'true')
  const [container] = await containersOf(namespace(dataDir))
  for (const id of [container?.Id ?? '', container?.Names[0] ?? '']) {
    const error = await rejection(manager.putArchive(id, '/workspace', tar({ a: 'b' })), 'CONFLICT')
    expect(error.hint).toContain('writeFile')
    await rejection(manager.getArchive(id, '/workspace').next(), 'CONFLICT')
    await rejection(manager.archiveInfo(id, '/workspace'), 'CONFLICT')
    await rejection(manager.attach(id), 'CONFLICT')
  }
})

test('a container is exported, and an image is made of that', async () => {
  const id = await run(manager, { command: ['sh', '-c', 'echo made > /tmp/made; sleep 300'] })
  await expect.poll(async () => (await manager.exec(id, 'cat /tmp/made')).stdout).toBe('made\n')
  const image = name()
  const made = await manager.importImage(manager.exportContainer(id), { name: image, changes: ['CMD ["cat", "/tmp/made"]', 'ENV A=b'], message: 'mine' })
  expect(made).toMatch(/^sha256:/)
  const again = await manager.createContainer({ image })
  cleanUp(() => docker.getContainer(again).remove({ force: true }))
  await manager.startContainer(again)
  expect(await manager.wait(again)).toBe(0)
  expect((await collect(manager.getContainerLogs(again))).map(({ data }) => data).join('')).toBe('made\n')
  expect((await manager.imageHistory(image))[0]?.comment).toContain('mine')
})

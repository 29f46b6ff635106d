import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { expect, test as base } from 'vitest'
import type { ExecResult } from '../../index.js'
import { MOUNTS, imageOf } from '../support/disks.ts'
import { rejection, thrown } from '../support/errors.ts'
import { newDataDir, newSandboxes, open } from '../support/sandboxes.ts'
import { newManager } from '../support/sessions.ts'

const MiB = 1024 ** 2
const GiB = 1024 ** 3

const test = base.skipIf(!MOUNTS)

/** Fills a file until the disk is full and prints its size. */
const FILL = 'dd if=/dev/zero of=$0 bs=1M 2>error; code=$?; stat -c %s $0; tail -1 error; exit $code'

/** Bytes that an image occupies on the host's disk. */
const taken = (image: string) => statSync(image).blocks * 512

test('a session has 1 GiB, takes no more than that on the host, and gives back what it deletes (R5)', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { profile: 'session', timeout: 120_000 })
  const filled = await box.exec('a', ['sh', '-c', FILL, 'big'])
  expect(filled.exitCode).toBe(1)
  const written = Number(filled.stdout.split('\n')[0])
  expect(Math.abs(written - GiB)).toBeLessThan(GiB * 0.03)
  const { disk } = await box.info('a')
  expect(disk).toMatchObject({ limit: GiB, enforcement: 'hard' })
  expect(disk.used).toBeGreaterThan(GiB * 0.97)
  expect(disk.used).toBeLessThanOrEqual(GiB)

  await box.exec('a', 'sync')
  const image = imageOf(dataDir, 'a')
  expect(taken(image)).toBeGreaterThan(GiB * 0.9)
  expect(taken(image)).toBeLessThanOrEqual(GiB * 1.01)
  await box.exec('a', 'rm big; sync')
  await expect.poll(() => taken(image), { timeout: 30_000, interval: 500 }).toBeLessThan(50 * MiB)
})

test('a write past the limit fails with DISK_LIMIT, and existing files stay (F12)', async () => {
  const box = newSandboxes({ disk: '16m' })
  await box.writeFile('a', 'file', 'before')
  await box.writeFile('a', 'ballast', Buffer.alloc(12 * MiB))
  // Repeatedly, because the error arrives while most of the file is still being sent.
  for (let i = 0; i < 20; i++) {
    const error = await rejection(box.writeFile('a', 'file', Buffer.alloc(32 * MiB)), 'DISK_LIMIT')
    expect(error.details).toMatchObject({ errno: 'ENOSPC', path: 'file' })
  }
  expect(await box.readFile('a', 'file')).toBe('before')
  expect((await box.exec('a', 'ls -A')).stdout).toBe('ballast\nfile\n')
  await box.exec('a', 'rm ballast')
  await box.writeFile('a', 'file', Buffer.alloc(8 * MiB))
  expect((await box.readFile('a', 'file', null)).length).toBe(8 * MiB)
})

test('a command sees ENOSPC on a full disk and decides how to end', async () => {
  const box = newSandboxes({ disk: '16m' })
  const result: ExecResult = await box.exec('a', 'yes > full; echo "and on"')
  expect(result).toMatchObject({ exitCode: 0, stdout: 'and on\n', timedOut: false, signal: null })
  expect(result.stderr).toContain('No space left on device')
})

test('the number of files is limited, which protects the host’s inodes (R6)', async () => {
  const box = newSandboxes({ disk: '16m', timeout: 120_000 })
  const { stdout } = await box.exec('a', ['python3', '-c', 'import itertools\ntry:\n  for i in itertools.count(): open(f"f{i}", "x").close()\nexcept OSError as e: print(i, e.errno)'])
  const [count, errno] = stdout.split(' ').map(Number)
  expect(errno).toBe(28)
  expect(count).toBeGreaterThan(1000)
  expect(count).toBeLessThan(4000)
  expect((await box.exec('a', 'rm f1 && echo x > again && cat again')).stdout).toBe('x\n')
})

test('limits are separate: a full sandbox takes nothing from another', async () => {
  const box = newSandboxes({ disk: '16m' })
  await Promise.all(['a', 'b'].map((id) => box.exec(id, 'true')))
  await box.exec('a', 'yes > full')
  await box.writeFile('b', 'file', Buffer.alloc(8 * MiB))
  expect((await box.info('b')).disk.used).toBeLessThan(9 * MiB)
})

test('conversations have no limit by default, and sessions can opt out of theirs', async () => {
  const conversations = newSandboxes()
  await conversations.getOrCreate('a')
  const none = { limit: null, used: null, enforcement: 'none' }
  expect((await conversations.info('a')).disk).toEqual(none)
  const sessions = newManager()
  const id = await sessions.createSession({ disk: 'unlimited' })
  expect((await sessions.getSession(id)).disk).toEqual(none)
  expect((await sessions.health(id)).disk).toBeNull()
  await sessions.destroySession(id)
})

test('health reports a disk that is nearly full', async () => {
  const manager = newManager({ disk: '32m' })
  const id = await manager.createSession()
  const empty = await manager.health(id)
  expect(empty).toMatchObject({ healthy: true, problems: [], disk: { limit: 32 * MiB } })
  expect(empty.disk?.used).toBeLessThan(MiB)
  await manager.executeCommand(id, 'yes > full')
  const unhealthy: unknown[] = []
  manager.on('session:unhealthy', (event) => unhealthy.push(event))
  expect(await manager.health(id)).toMatchObject({ healthy: false, problems: ['disk'] })
  expect(unhealthy).toEqual([{ sessionId: id, problems: ['disk'] }])
  expect((await manager.listSessions())[0]?.disk).toMatchObject({ limit: 32 * MiB, enforcement: 'hard' })
  await manager.deleteFile(id, 'full')
  expect((await manager.health(id)).healthy).toBe(true)
  await manager.destroySession(id)
})

test.each([0, '1k', '9t', -1, 1.5, 'much', null, {}])('rejects %j as a limit', (disk) => {
  expect(thrown(() => newSandboxes({ disk: disk as never }), 'INVALID_ARGUMENT').details?.['argument']).toBe('disk')
})

test('a larger limit takes effect at the next start, a smaller one never, and files stay', async () => {
  const dataDir = newDataDir()
  const small = open(dataDir, { disk: '16m' })
  await small.writeFile('a', 'file', 'kept')
  await small.close()
  const large = open(dataDir, { disk: '64m' })
  expect(await large.readFile('a', 'file')).toBe('kept')
  expect((await large.info('a')).disk.limit).toBe(16 * MiB)
  await large.stop('a')
  await large.writeFile('a', 'large', Buffer.alloc(48 * MiB))
  expect((await large.info('a')).disk.limit).toBe(64 * MiB)
  await large.stop('a')
  await large.close()
  const smaller = open(dataDir, { disk: '1m' })
  expect(await smaller.readFile('a', 'file')).toBe('kept')
  expect((await smaller.info('a')).disk).toMatchObject({ limit: 64 * MiB, enforcement: 'hard' })
  await smaller.stop('a')
  await smaller.close()
  // The files are on the disk, so it is used whatever the options say.
  const unlimited = open(dataDir)
  expect(await unlimited.readFile('a', 'file')).toBe('kept')
  expect((await unlimited.info('a')).disk).toMatchObject({ limit: 64 * MiB, enforcement: 'hard' })
  expect(readFileSync(path.join(dataDir, 'a/file'), 'utf8')).toBe('kept')
})

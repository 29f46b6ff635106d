import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { DockerSandbox } from '../../index.js'
import { removeLeftovers } from '../support/data-dir.ts'
import { count } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { cleanUp, namespace, newDataDir, newSandboxes, open } from '../support/sandboxes.ts'
import { newManager } from '../support/sessions.ts'
import { inOtherProcess } from '../support/steps.ts'

const MiB = 1024 ** 2
const LIMIT = 64 * MiB
const OPTIONS = { disk: '64m', cpus: 2, timeout: 60_000 }

/** Writes a file at about 200 MiB a second, for longer than the interval between measurements. */
const WRITE = 'echo begun; for i in $(seq 100); do head -c 10M /dev/zero >> big; sleep 0.05; done; echo written'

/** Sandboxes with a volume workspace, which cannot have a disk. */
async function inVolume(): Promise<DockerSandbox> {
  return newSandboxes({ ...OPTIONS, workspace: 'volume' })
}

/** Sandboxes whose workspace had files before it had a limit. */
async function inDirectory(): Promise<DockerSandbox> {
  const dataDir = newDataDir()
  await inOtherProcess({ dataDir }, [['writeFile', 'a', 'before', 'x'], ['remove', 'a']])
  return open(dataDir, OPTIONS)
}

describe.each([
  ['in a volume', inVolume],
  ['in a directory that had files before', inDirectory],
])('a soft limit on files %s', (_, make) => {
  test('kills the command that exceeds it, and existing files stay readable', async () => {
    const box = await make()
    await box.writeFile('a', 'file', 'kept')
    expect((await box.info('a')).disk).toMatchObject({ limit: LIMIT, enforcement: 'soft' })
    const { details } = await rejection(box.exec('a', WRITE), 'DISK_LIMIT')
    expect(details).toMatchObject({ stdout: 'begun\n' })
    const { used } = (await box.info('a')).disk
    expect(used).toBeGreaterThan(LIMIT)
    expect(used).toBeLessThan(LIMIT * 4)

    expect(await box.readFile('a', 'file')).toBe('kept')
    expect((await box.exec('a', 'cat file; ls | wc -l')).exitCode).toBe(0)
    await rejection(box.writeFile('a', 'file', 'changed'), 'DISK_LIMIT')
    await rejection(box.writeFile('a', 'more', 'x'), 'DISK_LIMIT')
    expect(await box.readFile('a', 'file')).toBe('kept')
    await rejection(box.exec('a', WRITE), 'DISK_LIMIT')

    expect(await box.exec('a', 'rm big')).toMatchObject({ exitCode: 0, signal: null })
    await box.writeFile('a', 'file', 'changed')
    expect(await box.readFile('a', 'file')).toBe('changed')
    expect((await box.exec('a', 'head -c 10M /dev/zero > big; sleep 0.5; stat -c %s big')).stdout).toBe(`${10 * MiB}\n`)
  })

  test('refuses a file that would exceed it, and keeps the old one', async () => {
    const box = await make()
    await box.writeFile('a', 'file', Buffer.alloc(40 * MiB, 'a'))
    const { details } = await rejection(box.writeFile('a', 'file', Buffer.alloc(40 * MiB, 'b')), 'DISK_LIMIT')
    expect(details).toMatchObject({ errno: 'EDQUOT', path: 'file' })
    expect((await box.readFile('a', 'file', null)).subarray(-3).toString()).toBe('aaa')
    expect((await box.exec('a', 'ls -A')).stdout).not.toContain('.cofferdam')
    // The limit does not apply outside the workspace.
    await box.writeFile('a', '/tmp/file', Buffer.alloc(40 * MiB))
  })

  test('kills background processes that a command left behind', async () => {
    const box = await make()
    const { containerId } = await box.getOrCreate('a')
    await box.exec('a', `(setsid sh -c '${WRITE} # behind' >/dev/null 2>&1 &); sleep 0.1`)
    expect(await count(containerId, 'behind')).toBeGreaterThan(0)
    await expect.poll(() => count(containerId, 'behind'), { timeout: 20_000 }).toBe(0)
    expect((await box.info('a')).disk.used).toBeLessThan(LIMIT * 4)
  })
})

test('a copy that exceeds a soft limit fails', async () => {
  const manager = newManager({ ...OPTIONS, workspace: 'volume' })
  const id = await manager.createSession()
  const host = path.join(newDataDir(), 'tree')
  mkdirSync(host)
  // 320 MiB in total.
  for (let i = 0; i < 40; i++) writeFileSync(path.join(host, `file ${i}`), Buffer.alloc(8 * MiB, 1))
  await rejection(manager.copyTo(id, host, 'tree'), 'DISK_LIMIT')
  await manager.destroySession(id)
})

test('a command that only reads is not blamed for an earlier command’s writes', async () => {
  const box = newSandboxes({ ...OPTIONS, workspace: 'volume' })
  await box.exec('a', 'fallocate -l 80M big')
  // This command exceeded the limit and ended before the next measurement; later commands are innocent.
  await expect.poll(async () => (await box.info('a')).disk.used).toBeGreaterThan(LIMIT)
  expect(await box.exec('a', 'sleep 1; cat big | wc -c')).toMatchObject({ exitCode: 0, stdout: `${80 * MiB}\n` })
  await rejection(box.writeFile('a', 'file', 'x'), 'DISK_LIMIT')
})

test('files in unreadable directories count, and the directories stay unreadable', async () => {
  const box = newSandboxes({ ...OPTIONS, workspace: 'volume' })
  await box.exec('a', 'mkdir -p locked/inner && head -c 20M /dev/zero > locked/inner/file && chmod 0 locked/inner locked')
  const { used } = (await box.info('a')).disk
  expect(used).toBeGreaterThan(20 * MiB)
  expect(used).toBeLessThan(21 * MiB)
  expect((await box.exec('a', 'stat -c %a locked; chmod 700 locked; stat -c %a locked/inner')).stdout).toBe('0\n0\n')
})

test('a file counts by the space it takes: once for all its hard links, and without its holes', async () => {
  const box = newSandboxes({ ...OPTIONS, workspace: 'volume' })
  await box.exec('a', 'head -c 20M /dev/zero > one; ln one two; ln one three; truncate -s 8T sparse; ln -s /usr link')
  const { used } = (await box.info('a')).disk
  expect(used).toBeGreaterThan(20 * MiB)
  expect(used).toBeLessThan(21 * MiB)
})

/** Ways to take 10 MiB of the disk over and over, or a little less, that no file's size shows. */
const HIDDEN: [what: string, code: string][] = [
  ['a deleted file that is open', 'file.write(data)'],
  ['deleted files that are open', 'files.append(deleted()); files[-1].write(data)'],
  ['deleted files that are mapped', 'f = deleted(); f.write(data); maps.append(mmap.mmap(f.fileno(), 0, trackfd=False)); maps[-1][:]; f.close()'],
  ['extended attributes', "[os.setxattr(os.open(f'{n}-{i}', os.O_CREAT | os.O_WRONLY), b'user.x', os.urandom(3900)) for i in range(200)]; os.closerange(5, 500)"],
]

test.each(HIDDEN)('%s count', async (_, code) => {
  const box = newSandboxes({ ...OPTIONS, workspace: 'volume' })
  const program = `
import mmap, os, time
def deleted():
    f = open('file', 'w+b', buffering=0); os.unlink('file'); return f
file, files, maps, data = deleted(), [], [], b'x' * (10 << 20)
for n in range(400):
    ${code}
    time.sleep(0.05)`
  // Nearly full, so that few files are enough.
  await box.writeFile('a', 'full', Buffer.alloc(56 * MiB, 'a'))
  await rejection(box.exec('a', ['python3', '-c', program]), 'DISK_LIMIT')
})

test('health reports a soft limit that is nearly reached', async () => {
  const manager = newManager({ ...OPTIONS, workspace: 'volume' })
  const id = await manager.createSession()
  expect(await manager.health(id)).toMatchObject({ healthy: true, disk: { limit: LIMIT } })
  await manager.writeFile(id, 'file', Buffer.alloc(62 * MiB))
  expect(await manager.health(id)).toMatchObject({ healthy: false, problems: ['disk'] })
  expect((await manager.getSession(id)).disk).toEqual({ limit: LIMIT, used: null, enforcement: 'soft' })
  await manager.destroySession(id)
})

test('a process that is not root gets a soft limit', async () => {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cofferdam-soft-'))
  cleanUp(async () => {
    await removeLeftovers(namespace(dataDir))
    rmSync(dataDir, { recursive: true, force: true })
  })
  const user = { uid: 1234, gid: statSync('/var/run/docker.sock').gid }
  chownSync(dataDir, user.uid, user.gid)
  const [, info, full, , removed] = await inOtherProcess(
    { dataDir, ...OPTIONS },
    [['writeFile', 'a', 'file', 'x'], ['info', 'a'], ['exec', 'a', WRITE], ['exec', 'a', 'rm big'], ['remove', 'a', { workspace: true }]],
    user,
  )
  expect(info?.value.disk).toMatchObject({ limit: LIMIT, enforcement: 'soft' })
  expect(full?.error?.code).toBe('DISK_LIMIT')
  expect(removed?.error).toBeUndefined()
})

test('without a limit, usage is not measured', async () => {
  const box = newSandboxes({ cpus: 2, workspace: 'volume' })
  const { result } = await startCommand(box, 'a', WRITE.replace('100', '15'))
  expect((await result).exitCode).toBe(0)
  expect((await box.info('a')).disk).toEqual({ limit: null, used: null, enforcement: 'none' })
})

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test as base } from 'vitest'
import { DockerExecutor } from '../../index.js'
import { removeDataDir } from '../support/data-dir.ts'
import { MOUNTS, loopDevicesBelow, mountsBelow } from '../support/disks.ts'
import { containersOf } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { cleanUp, namespace, newDataDir, open } from '../support/sandboxes.ts'
import { openManager } from '../support/sessions.ts'

const test = base.skipIf(!MOUNTS)
const MiB = 1024 ** 2

/** A data directory on a disk of 64 MiB, with functions that fill and empty the disk. */
function smallHost(): { dataDir: string; fill: () => void; empty: () => void } {
  const directory = newDataDir()
  const [image, dataDir, ballast] = ['host.img', 'host', 'host/ballast'].map((name) => path.join(directory, name)) as [string, string, string]
  mkdirSync(dataDir)
  run('truncate', '-s', '64M', image)
  run('mkfs.ext4', '-q', '-m', '0', image)
  run('mount', '-o', 'loop', image, dataDir)
  cleanUp(() => removeDataDir(dataDir))
  const fill = () => {
    for (const size of ['64k', '1k']) spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, `bs=${size}`, 'oflag=append', 'conv=notrunc'])
    expect(statfsSync(dataDir).bavail).toBe(0)
  }
  return { dataDir, fill, empty: () => rmSync(ballast, { force: true }) }
}

function run(command: string, ...args: string[]) {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  expect(`${status} ${stderr}`).toBe('0 ')
}

const mountsOf = (dataDir: string) => mountsBelow(dataDir).length + loopDevicesBelow(dataDir).length

test('a full host fails session creation without leftovers, and creation works again once there is space (C16)', async () => {
  const { dataDir, fill, empty } = smallHost()
  const manager = openManager(dataDir)
  fill()
  await rejection(manager.createSession(), 'DISK_LIMIT')
  empty()
  expect(await manager.listSessions()).toEqual([])
  const id = await manager.createSession()
  fill()
  const before = readdirSync(dataDir, { recursive: true }).length
  for (let i = 0; i < 5; i++) await rejection(manager.createSession(), 'DISK_LIMIT')
  expect(readdirSync(dataDir, { recursive: true })).toHaveLength(before)
  expect((await manager.listSessions()).map((session) => session.id)).toEqual([id])
  expect(await containersOf(namespace(dataDir))).toHaveLength(1)
  empty()
  await manager.writeFile(id, 'file', 'x')
  expect(await manager.readFile(id, 'file')).toBe('x')
  await manager.destroySession(await manager.createSession())
  await manager.destroySession(id)
  expect(mountsOf(dataDir)).toBe(0)
})

test('a full host also fails writes of a conversation without a disk limit', async () => {
  const { dataDir, fill, empty } = smallHost()
  const box = open(dataDir)
  await box.writeFile('a', 'file', 'before')
  fill()
  await rejection(box.writeFile('a', 'file', Buffer.alloc(MiB)), 'DISK_LIMIT')
  expect(await box.readFile('a', 'file')).toBe('before')
  empty()
  await box.writeFile('a', 'file', Buffer.alloc(MiB))
})

test('a full host fails a task without leftovers, and tasks run again once there is space', async () => {
  const { dataDir, fill, empty } = smallHost()
  const executor = new DockerExecutor({ tasksDir: dataDir, logLevel: 'silent' })
  cleanUp(() => executor.close())
  expect((await executor.execute('echo ready')).stdout).toBe('ready\n')
  fill()
  await rejection(executor.execute('true'), 'DISK_LIMIT')
  empty()
  expect(readdirSync(dataDir).sort()).toEqual(['.cofferdam', 'lost+found'])
  expect(await containersOf(namespace(dataDir))).toEqual([])
  expect((await executor.execute('echo again')).stdout).toBe('again\n')
  expect(mountsOf(dataDir)).toBe(0)
})

test('a sandbox whose host fills up works again after a stop, with the data that had reached the disk', async () => {
  const { dataDir, empty } = smallHost()
  const box = open(dataDir, { disk: '1g', timeout: 120_000 })
  await box.writeFile('a', 'file', 'kept')
  await box.exec('a', 'sync')
  writeFileSync(path.join(dataDir, 'ballast'), Buffer.alloc(30 * MiB))
  // More than the host's disk can take.
  await box.exec('a', 'head -c 200M /dev/zero > big; sync; sleep 6; echo x > more; sync')
  await box.stop('a')
  // The disk may need a repair, for which there is no space yet.
  const early = await box.readFile('a', 'file').catch(({ code }) => code)
  expect(['kept', 'DISK_LIMIT']).toContain(early)
  if (early === 'DISK_LIMIT') expect(mountsBelow(dataDir)).toEqual([])
  await box.stop('a')
  empty()
  expect(await box.readFile('a', 'file')).toBe('kept')
  await box.exec('a', 'rm -f big more')
  await box.writeFile('a', 'after', Buffer.alloc(8 * MiB))
  expect(await box.exec('a', 'sync && cat file')).toMatchObject({ exitCode: 0, stdout: 'kept' })
  expect(statfsSync(dataDir).bavail * statfsSync(dataDir).bsize).toBeGreaterThan(30 * MiB)
})

import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test as base } from 'vitest'
import { doctor } from '../../index.js'
import { removeDataDir } from '../support/data-dir.ts'
import { MOUNTS } from '../support/disks.ts'
import { rejection } from '../support/errors.ts'
import { cleanUp, newDataDir, open } from '../support/sandboxes.ts'

const MiB = 1024 ** 2
const test = base.skipIf(!MOUNTS)

/** Mounts a file system on a new directory. */
function mounted(type: string, options: (directory: string) => string): string {
  const directory = newDataDir()
  const place = path.join(directory, 'mounted')
  for (const name of ['mounted', 'lower', 'upper', 'work']) mkdirSync(path.join(directory, name))
  execFileSync('mount', ['-t', type, '-o', options(directory), type, place])
  cleanUp(() => execFileSync('umount', ['-l', place]))
  return place
}

/** A data directory in memory. */
function inMemory(): string {
  const dataDir = path.join(mounted('tmpfs', () => 'size=256m'), 'data')
  cleanUp(() => removeDataDir(dataDir))
  return dataDir
}

test.each([
  ['a limit', '1g'],
  ['no limit', 'unlimited'],
] as const)('a workspace in memory with %s leaves half of the memory to commands', async (_, disk) => {
  const box = open(inMemory(), { disk, memory: '64m', cpus: 2, network: 'none' })
  await box.writeFile('a', 'file', 'kept')
  expect((await box.info('a')).disk).toMatchObject({ limit: 32 * MiB })
  const { containerId } = await box.getOrCreate('a')
  // With a hard limit the disk is full, with a soft one the command is killed.
  const written = await box.exec('a', 'head -c 100M /dev/zero > big; echo $?').catch((error: { code: string }) => error)
  expect('code' in written ? written.code : written.stdout).toMatch(/^(DISK_LIMIT|1\n)$/)
  // Neither the agent nor later commands pay for it.
  expect((await box.exec('a', 'cat file; rm -f big')).stdout).toBe('kept')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})

test('a smaller limit stays as it is', async () => {
  const box = open(inMemory(), { disk: '8m', memory: '64m', network: 'none' })
  await box.getOrCreate('a')
  expect((await box.info('a')).disk.limit).toBe(8 * MiB)
})

test('doctor warns of a data directory in memory, existing or not', async () => {
  const warnings = async (dataDir: string) => (await doctor({ dataDir })).problems.filter(({ message }) => String(message).includes('tmpfs'))
  for (const dataDir of ['/dev/shm', '/dev/shm/not-there/yet']) expect(await warnings(dataDir)).toMatchObject([{ fatal: false, hint: expect.stringContaining('disk') }])
  expect(await warnings('/')).toEqual([])
})

test('a data directory on an overlay works', async () => {
  const place = mounted('overlay', (directory) => `lowerdir=${directory}/lower,upperdir=${directory}/upper,workdir=${directory}/work`)
  const dataDir = path.join(place, 'data')
  cleanUp(() => removeDataDir(dataDir))
  const box = open(dataDir, { disk: '16m', network: 'none' })
  await box.writeFile('a', 'file', 'kept')
  expect((await box.exec('a', 'cat file')).stdout).toBe('kept')
  await box.remove('a', { workspace: true })
})

test('a data directory on a read-only file system is a clear error', async () => {
  const place = mounted('tmpfs', () => 'ro,size=1m')
  const error = await rejection(open(path.join(place, 'data')).exec('a', 'true'), 'FILE_ERROR')
  expect(error.details).toMatchObject({ errno: 'EROFS' })
})

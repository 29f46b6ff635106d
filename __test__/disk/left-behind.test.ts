import { readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test as base } from 'vitest'
import { DockerExecutor } from '../../index.js'
import { MOUNTS, imageOf, mountsBelow, unmountBelow } from '../support/disks.ts'
import { removeLeftovers } from '../support/data-dir.ts'
import { cleanUp, namespace, newDataDir, open } from '../support/sandboxes.ts'
import { openManager } from '../support/sessions.ts'

const test = base.skipIf(!MOUNTS)

const OPTIONS = { disk: '16m' }

/** A data directory with sandboxes that have a disk and no container: what is there between two steps of making or removing them. */
async function withDisks(...ids: string[]): Promise<string> {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  for (const id of ids) await box.writeFile(id, 'file', `of ${id}`)
  await box.close()
  await removeLeftovers(namespace(dataDir))
  unmountBelow(dataDir)
  return dataDir
}

const images = (dataDir: string) => readdirSync(path.join(dataDir, '.cofferdam/disks')).sort()

test('an image is named after no id, and belongs to its sandbox whatever else of it is missing', async () => {
  const dataDir = await withDisks('a', 'A', 'no-directory', 'no-lock')
  expect(images(dataDir)).toEqual(['a', 'A', 'no-directory', 'no-lock'].map((id) => path.basename(imageOf(dataDir, id))).sort())
  rmSync(path.join(dataDir, 'no-directory'), { recursive: true })
  for (const own of ['leases', 'locks']) rmSync(path.join(dataDir, '.cofferdam', own, 'no-lock'))
  const manager = openManager(dataDir)
  expect(await manager.cleanup()).toMatchObject({ failures: [] })
  expect(images(dataDir)).toHaveLength(4)
  const box = open(dataDir, OPTIONS)
  for (const id of ['a', 'A', 'no-directory', 'no-lock']) expect(await box.readFile(id, 'file')).toBe(`of ${id}`)
  expect(mountsBelow(dataDir)).toHaveLength(4)
})

test('the disks of tasks are removed in whatever state a killed process left them', async () => {
  const dataDir = await withDisks('complete', 'no-directory', 'no-lock', 'no-image')
  rmSync(path.join(dataDir, 'no-directory'), { recursive: true })
  for (const own of ['leases', 'locks']) rmSync(path.join(dataDir, '.cofferdam', own, 'no-lock'))
  rmSync(imageOf(dataDir, 'no-image'))
  const executor = new DockerExecutor({ tasksDir: dataDir, logLevel: 'silent' })
  cleanUp(() => executor.close())
  expect(await executor.execute('true')).toMatchObject({ exitCode: 0 })
  await expect.poll(() => readdirSync(dataDir), { timeout: 20_000 }).toEqual(['.cofferdam'])
  await expect.poll(() => images(dataDir)).toEqual([])
})

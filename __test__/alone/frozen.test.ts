import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { MOUNTS, mountsBelow } from '../support/disks.ts'
import { containersOf } from '../support/docker.ts'
import { cleanUp, namespace, newDataDir, open } from '../support/sandboxes.ts'

test.skipIf(!MOUNTS)('a command blocked on a frozen disk ends at its deadline, and its sandbox gets a new container (R14)', { timeout: 180_000 }, async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { disk: '16m' })
  await box.writeFile('a', 'kept', 'x')
  const [disk = ''] = mountsBelow(dataDir)
  const freeze = (verb: string) => spawnSync('fsfreeze', [verb, disk], { encoding: 'utf8' })
  cleanUp(() => void freeze('--unfreeze'))
  expect(freeze('--freeze')).toMatchObject({ status: 0, stderr: '' })

  // A process blocked on its disk cannot be killed.
  expect(await box.exec('a', 'echo begun; echo y > file', { timeout: 1000 })).toMatchObject({ timedOut: true, stdout: 'begun\n' })
  const names = async () => (await containersOf(namespace(dataDir))).flatMap(({ Names }) => Names)
  await expect.poll(names, { timeout: 60_000, interval: 500 }).toEqual([expect.stringMatching(/^\/cofferdam-quarantine-/)])
  expect((await box.exec('a', 'cat kept')).stdout).toBe('x')
  expect(await names()).toHaveLength(2)

  expect(freeze('--unfreeze')).toMatchObject({ status: 0, stderr: '' })
  await expect.poll(names, { timeout: 60_000, interval: 1000 }).toEqual([expect.not.stringMatching(/quarantine/)])
  await box.writeFile('a', 'file', 'z')
  expect(await box.readFile('a', 'kept')).toBe('x')
})

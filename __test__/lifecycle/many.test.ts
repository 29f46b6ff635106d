import { expect, test } from 'vitest'
import { containersOf } from '../support/docker.ts'
import { namespace, newDataDir, open } from '../support/sandboxes.ts'

const IDS = Array.from({ length: 20 }, (_, number) => `sandbox-${number}`)

test('20 sandboxes created at once all work, each with its own files', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  const results = await Promise.all(
    IDS.map(async (id) => {
      await box.writeFile(id, 'file', id)
      return box.exec(id, 'cat file; hostname')
    }),
  )
  expect(results.map(({ stdout }) => stdout)).toEqual(IDS.map((id) => `${id}sandbox\n`))
  expect((await box.list()).map(({ id, running }) => [id, running]).sort()).toEqual(IDS.map((id) => [id, true]).sort())
  expect(await containersOf(namespace(dataDir))).toHaveLength(IDS.length)
  await Promise.all(IDS.map((id) => box.stop(id)))
  expect((await box.list()).filter(({ running }) => running)).toEqual([])
  const again = await Promise.all(IDS.map((id) => box.exec(id, 'cat file')))
  expect(again.map(({ stdout }) => stdout)).toEqual(IDS)
  await Promise.all(IDS.map((id) => box.remove(id, { workspace: true })))
  expect(await containersOf(namespace(dataDir))).toEqual([])
}, 180_000)

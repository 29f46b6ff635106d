import { randomUUID } from 'node:crypto'
import { readFileSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { docker, volumesOf } from '../support/docker.ts'
import { nameOf } from '../support/names.ts'
import { cleanUp, namespace, newDataDir, open } from '../support/sandboxes.ts'
import { inOtherProcess } from '../support/steps.ts'
import { openManager } from '../support/sessions.ts'

/** The container of a sandbox, found as an operator finds it. */
async function containerOf(dataDir: string, id: string) {
  const label = [`cofferdam.namespace=${namespace(dataDir)}`, `cofferdam.sandbox=${id}`]
  const found = await docker.listContainers({ all: true, filters: { label } })
  expect(found).toHaveLength(1)
  return { id: found[0]?.Id ?? '', name: found[0]?.Names[0]?.slice(1) ?? '' }
}

test('the names of containers and volumes say nothing of the id, which is in a label', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { workspace: 'volume' })
  // An id that could be part of a hexadecimal name.
  const { containerId, workspace } = await box.getOrCreate('abc')
  const { id, name } = await containerOf(dataDir, 'abc')
  expect(id).toBe(containerId)
  expect(name).toMatch(/^cofferdam-[0-9a-f]{20}$/)
  expect(name).toBe(nameOf(dataDir, 'abc'))
  expect(workspace.location).toBe(name)
  expect((await volumesOf(namespace(dataDir))).map(({ Name, Labels }) => [Name, Labels?.['cofferdam.sandbox']])).toEqual([[name, 'abc']])
})

test('each id of each data directory has a name of its own, and the same one in every process', async () => {
  const [one, two] = [newDataDir(), newDataDir()]
  const names = new Set<string>()
  for (const dataDir of [one, two]) {
    for (const id of ['a', 'A']) {
      const { containerId } = await open(dataDir).getOrCreate(id)
      names.add((await containerOf(dataDir, id)).name)
      const [adopted] = await inOtherProcess({ dataDir }, [['getOrCreate', id]])
      expect(adopted?.value.containerId).toBe(containerId)
    }
  }
  expect(names.size).toBe(4)
})

test('the names’ secret stays in a file that only its owner can read', async () => {
  const dataDir = newDataDir()
  const { containerId } = await open(dataDir).getOrCreate('a')
  const file = path.join(dataDir, '.cofferdam/secret')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const secret = readFileSync(file, 'utf8')
  expect(secret).toMatch(/^[0-9a-f]{64}$/)
  expect(JSON.stringify(await docker.getContainer(containerId).inspect())).not.toContain(secret)
})

test('a container that has a sandbox’s labels under another name is neither used nor touched', async () => {
  const dataDir = newDataDir()
  const manager = openManager(dataDir)
  await manager.createSession({ sessionId: 'a' })
  await manager.writeFile('a', 'file', 'kept')
  const { id } = await containerOf(dataDir, 'a')
  const { Config } = await docker.getContainer(id).inspect()
  // A copy made by hand, or a container of a version that named it after the id.
  const name = `cofferdam-test-${randomUUID()}`
  const other = await docker.createContainer({ name, Image: 'ai-sandbox', Cmd: ['sleep', '600'], Labels: Config.Labels })
  cleanUp(() => other.remove({ force: true }).catch(() => {}))
  await other.start()
  expect(await open(dataDir).list()).toMatchObject([{ id: 'a', containerId: id }])
  const anHourAgo = Date.now() / 1000 - 3600
  utimesSync(path.join(dataDir, '.cofferdam/leases/a'), anHourAgo, anHourAgo)
  expect(await manager.cleanup()).toMatchObject({ stopped: ['a'], removed: [], leftovers: [], failures: [] })
  expect(await manager.cleanup()).toMatchObject({ stopped: [], removed: [], leftovers: [], failures: [] })
  expect((await other.inspect()).State.Running).toBe(true)
  expect(await manager.readFile('a', 'file')).toBe('kept')
  expect(await manager.destroySession('a')).toBe(true)
  expect((await other.inspect()).State.Running).toBe(true)
})

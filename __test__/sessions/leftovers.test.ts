import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DockerExecutor } from '../../index.js'
import { docker } from '../support/docker.ts'
import { agedEngine } from '../support/fake-engine.ts'
import { cleanUp, newDataDir, open } from '../support/sandboxes.ts'
import { newManager, openManager } from '../support/sessions.ts'
import { OUR_LABEL, unnamedImage } from '../support/unnamed-image.ts'

const YEAR = 365 * 24 * 3600

async function volume(labels: Record<string, string>): Promise<string> {
  const Name = `cofferdam-test-agent-${randomUUID()}`
  await docker.createVolume({ Name, Labels: labels })
  cleanUp(() => docker.getVolume(Name).remove().catch(() => {}))
  return Name
}

test('our images that lost their name long ago are removed, but neither recent nor foreign ones', async () => {
  const old = new Date(Date.now() - YEAR * 1000)
  const label = { 'cofferdam.image': 'x' }
  const [ours, young, built, theirs] = [
    await unnamedImage(label, old, [OUR_LABEL]),
    await unnamedImage(label, new Date(), [OUR_LABEL]),
    // Images built on ours inherit the label.
    await unnamedImage(label, old, [OUR_LABEL, 'RUN apt-get install something']),
    await unnamedImage({}, old),
  ]
  expect((await newManager().cleanup()).images).toContain(ours)
  const left = new Set((await docker.listImages({ filters: { dangling: ['true'] } })).map(({ Id }) => Id))
  expect([ours, young, built, theirs].map((id) => left.has(id))).toEqual([false, true, true, true])
})

test('an unnamed image of ours that a container uses stays', async () => {
  const image = await unnamedImage({ 'cofferdam.image': 'x' }, new Date(Date.now() - YEAR * 1000), [OUR_LABEL])
  const container = await docker.createContainer({ Image: image, Cmd: ['true'] })
  cleanUp(() => container.remove({ force: true }))
  const { images, failures } = await newManager().cleanup()
  expect([images.includes(image), failures]).toEqual([false, []])
  await docker.getImage(image).inspect()
})

test('agents of other builds that no container has used for an hour are removed', async () => {
  const [unused, used, theirs] = [await volume({ 'cofferdam.agent': 'other' }), await volume({ 'cofferdam.agent': 'other' }), await volume({})]
  const container = await docker.createContainer({ Image: 'ai-sandbox:latest', Cmd: ['true'], HostConfig: { Mounts: [{ Type: 'volume', Source: used, Target: '/x' }] } })
  cleanUp(() => container.remove({ force: true }))
  const left = async () => {
    const there = new Set(((await docker.listVolumes()).Volumes ?? []).map(({ Name }) => Name))
    return [unused, used, theirs].map((name) => there.has(name))
  }
  await newManager().cleanup()
  expect(await left()).toEqual([true, true, true])
  const manager = newManager({ engine: (await agedEngine()).address })
  const id = await manager.createSession()
  const { volumes, failures } = await manager.cleanup()
  expect([volumes.includes(unused), failures]).toEqual([true, []])
  expect(await left()).toEqual([false, true, true])
  // The manager's own agent stays, whatever its age.
  expect((await manager.executeCommand(id, 'echo there')).stdout).toBe('there\n')
})

test('networks of tasks unused for a week are removed, but none with a stopped container', async () => {
  const make = async (labels: Record<string, string>) => {
    const network = await docker.createNetwork({ Name: `cofferdam-test-${randomUUID()}`, Labels: labels })
    cleanUp(() => network.remove().catch(() => {}))
    return network.id
  }
  const [unused, used, theirs] = [await make({ 'cofferdam.task': 'a' }), await make({ 'cofferdam.task': 'b' }), await make({})]
  const container = await docker.createContainer({ Image: 'ai-sandbox:latest', Cmd: ['true'], HostConfig: { NetworkMode: used } })
  cleanUp(() => container.remove({ force: true }))
  const left = async () => {
    const there = new Set((await docker.listNetworks()).map(({ Id }) => Id))
    return [unused, used, theirs].map((id) => there.has(id))
  }
  await newManager().cleanup()
  expect(await left()).toEqual([true, true, true])
  const { address } = await agedEngine()
  const { networks, failures } = await newManager({ engine: address }).cleanup()
  expect([networks.length > 0, failures]).toEqual([true, []])
  expect(await left()).toEqual([false, true, true])
})

test('no record is kept of a sandbox removed with its files', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  await box.writeFile('gone', 'a', 'b')
  await box.writeFile('kept', 'a', 'b')
  await box.remove('gone', { workspace: true })
  await box.remove('kept')
  const remembered = (folder: string) => readdirSync(path.join(dataDir, '.cofferdam', folder))
  expect([remembered('leases'), remembered('locks')]).toEqual([['kept'], ['kept']])
})

test('tasks leave no records', async () => {
  const tasksDir = newDataDir()
  const executor = new DockerExecutor({ tasksDir, log: () => {} })
  cleanUp(() => executor.close())
  await Promise.all([executor.execute('true'), executor.execute('true')])
  expect(['leases', 'locks'].map((folder) => readdirSync(path.join(tasksDir, '.cofferdam', folder)))).toEqual([[], []])
})

test('the janitor removes records of missing sandboxes and keeps the others', async () => {
  const dataDir = newDataDir()
  const manager = openManager(dataDir)
  const id = await manager.createSession()
  const own = path.join(dataDir, '.cofferdam')
  for (const folder of ['leases', 'locks']) writeFileSync(path.join(own, folder, 'of-the-past'), '')
  const [draft, young] = [path.join(own, 'sessions', 'a.0123456789ab'), path.join(own, 'sessions', 'b.0123456789ab')]
  for (const file of [draft, young]) writeFileSync(file, '{')
  utimesSync(draft, 0, 0)
  expect((await manager.cleanup()).files.sort()).toEqual(['a.0123456789ab', 'of-the-past'])
  expect([existsSync(draft), existsSync(young), existsSync(path.join(own, 'leases', id))]).toEqual([false, true, true])
  expect((await manager.executeCommand(id, 'echo still')).stdout).toBe('still\n')
})

test('a sandbox can be created while another owner removes it', async () => {
  const dataDir = newDataDir()
  const [one, two] = [open(dataDir), open(dataDir)]
  for (let round = 0; round < 5; round++) {
    const removed = one.remove('contended', { workspace: true })
    // The command may be running when its container is removed.
    const outcome = await two.exec('contended', 'echo here').then(({ stdout }) => stdout, ({ code }) => code)
    expect(['here\n', 'SANDBOX_LOST']).toContain(outcome)
    await removed
    expect((await two.exec('contended', 'echo again')).stdout).toBe('again\n')
    expect(await one.list()).toHaveLength(1)
  }
})

import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test as base } from 'vitest'
import { DockerExecutor } from '../../index.js'
import { MOUNTS, loopDevicesBelow, mountsBelow } from '../support/disks.ts'
import { containersOf, docker } from '../support/docker.ts'
import { startNode } from '../support/node.ts'
import { cleanUp, namespace, newDataDir, open } from '../support/sandboxes.ts'
import { openManager } from '../support/sessions.ts'

const test = base.skipIf(!MOUNTS)

/** How many processes are killed, each at a random moment. COFFERDAM_TEST_KILLS overrides it. */
const ROUNDS = Number(process.env.COFFERDAM_TEST_KILLS ?? 12)

/** What the sandboxes of a data directory have left behind. */
async function left(dataDir: string) {
  return { containers: (await containersOf(namespace(dataDir))).length, mounts: mountsBelow(dataDir), loops: loopDevicesBelow(dataDir), disks: readdirSync(`${dataDir}/.cofferdam/disks`) }
}

const NOTHING = { containers: 0, mounts: [], loops: [], disks: [] }

test('whatever processes leave when killed in the middle of tasks, the next process removes (C4)', { timeout: 60_000 + ROUNDS * 15_000 }, async () => {
  const tasksDir = newDataDir()
  const executor = () => {
    const made = new DockerExecutor({ tasksDir, logLevel: 'silent' })
    cleanUp(() => made.close())
    return made
  }
  await executor().execute('true')
  for (let round = 0; round < ROUNDS; round++) {
    const node = startNode('tasks-for-ever.js', { tasksDir })
    await node.wrote('RUNS')
    await sleep(Math.random() * 1500)
    node.child.kill('SIGKILL')
    await node.exit
  }
  const last = executor()
  await last.execute('true')
  // A killed process's container ends without help.
  await expect.poll(async () => ((await last.execute('true')).exitCode, left(tasksDir)), { timeout: 60_000, interval: 2000 }).toEqual(NOTHING)
  expect(readdirSync(tasksDir)).toEqual(['.cofferdam'])
})

test('processes killed while using sessions leave sessions that can be used and destroyed (C4)', { timeout: 60_000 + ROUNDS * 15_000 }, async () => {
  const dataDir = newDataDir()
  const manager = openManager(dataDir, { disk: '16m' })
  await manager.createSession({ sessionId: 'old' })
  await manager.writeFile('old', 'file', 'kept')
  for (let round = 0; round < ROUNDS; round++) {
    const node = startNode('sessions-for-ever.js', { dataDir })
    await node.wrote('RUNS')
    await sleep(Math.random() * 2500)
    node.child.kill('SIGKILL')
    await node.exit
  }
  expect(await manager.readFile('old', 'file')).toBe('kept')
  for (const { id } of await manager.listSessions()) {
    expect(await manager.destroySession(id)).toBe(true)
  }
  await expect.poll(() => left(dataDir), { timeout: 10_000 }).toEqual(NOTHING)
  expect(readdirSync(dataDir)).toEqual(['.cofferdam'])
})

test('the janitor unmounts a killed process’s unused disks, which are mounted again on use', async () => {
  const dataDir = newDataDir()
  const node = startNode('sandbox.js', { options: { dataDir, disk: '16m' }, steps: [['writeFile', 'a', 'file', 'kept'], ['writeFile', 'b', 'file', 'kept']], end: 'stay' })
  await node.wrote('READY')
  node.child.kill('SIGKILL')
  await node.exit
  const [gone] = await containersOf(namespace(dataDir))
  await docker.getContainer(gone?.Id ?? '').remove({ force: true })
  expect(mountsBelow(dataDir)).toHaveLength(2)
  const manager = openManager(dataDir)
  await manager.cleanup()
  // One sandbox has lost its container, the other still runs.
  expect(mountsBelow(dataDir)).toHaveLength(1)
  await expect.poll(() => loopDevicesBelow(dataDir)).toHaveLength(1)
  const box = open(dataDir, { disk: '16m' })
  expect(await box.readFile('a', 'file')).toBe('kept')
  expect(await box.readFile('b', 'file')).toBe('kept')
})

import { expect, test } from 'vitest'
import { containersOf, docker } from '../support/docker.ts'
import { startNode } from '../support/node.ts'
import { namespace, newDataDir, open } from '../support/sandboxes.ts'
import { inOtherProcess, outcomes } from '../support/steps.ts'

test('a new process adopts the container of a killed one', async () => {
  const dataDir = newDataDir()
  const first = startNode('sandbox.js', { options: { dataDir }, steps: [['getOrCreate', 'a'], ['exec', 'a', 'echo here > ~/installed']], end: 'stay' })
  await first.wrote('READY')
  first.child.kill('SIGKILL')
  const [made] = outcomes((await first.exit).stdout)
  const box = open(dataDir)
  const { containerId } = await box.getOrCreate('a')
  expect(containerId).toBe(made?.value.containerId)
  expect((await box.exec('a', 'cat ~/installed')).stdout).toBe('here\n')
})

test('a new process adopts the container of one that called close', async () => {
  const dataDir = newDataDir()
  const [made] = await inOtherProcess({ dataDir }, [['getOrCreate', 'a']])
  const [, again] = await inOtherProcess({ dataDir }, [['exec', 'a', 'echo hi'], ['getOrCreate', 'a']])
  expect(again?.value.containerId).toBe(made?.value.containerId)
})

test('background processes survive the adoption', async () => {
  const dataDir = newDataDir()
  await inOtherProcess({ dataDir }, [['exec', 'a', 'sleep 555 &']])
  const box = open(dataDir)
  expect((await box.exec('a', 'pgrep -x sleep | wc -l')).stdout.trim()).toBe('1')
})

test('an exited container is started with everything installed in it', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  const { containerId } = await box.getOrCreate('a')
  await box.exec('a', 'echo here > ~/installed')
  await box.close()
  // The state after a reboot.
  await docker.getContainer(containerId).kill()
  await expect.poll(async () => (await docker.getContainer(containerId).inspect()).State.Status).toBe('exited')
  const next = open(dataDir)
  expect((await next.exec('a', 'cat ~/installed')).stdout).toBe('here\n')
  expect((await next.getOrCreate('a')).containerId).toBe(containerId)
})

test('a created container whose process was killed before starting it is started', async () => {
  const dataDir = newDataDir()
  await inOtherProcess({ dataDir }, [['list']])
  const events = await docker.getEvents({ filters: { type: ['container'], event: ['create'], label: [`cofferdam.namespace=${namespace(dataDir)}`] } })
  const maker = startNode('sandbox.js', { options: { dataDir }, steps: [['getOrCreate', 'a']], end: 'stay' })
  await new Promise((resolve) => events.once('data', resolve))
  maker.child.kill('SIGKILL')
  events.destroy()
  await maker.exit
  const [created] = await containersOf(namespace(dataDir))
  const next = open(dataDir)
  const { containerId } = await next.getOrCreate('a')
  expect(containerId).toBe(created?.Id)
  expect((await next.exec('a', 'touch file; id -u')).stdout).toBe('1000\n')
})

test('a volume workspace belongs to the user even if its creator was killed before the container started', async () => {
  const dataDir = newDataDir()
  const options = { dataDir, workspace: 'volume' } as const
  await inOtherProcess(options, [['list']])
  const events = await docker.getEvents({ filters: { type: ['container'], event: ['create'], label: [`cofferdam.namespace=${namespace(dataDir)}`] } })
  const maker = startNode('sandbox.js', { options, steps: [['getOrCreate', 'a']], end: 'stay' })
  await new Promise((resolve) => events.once('data', resolve))
  maker.child.kill('SIGKILL')
  events.destroy()
  await maker.exit
  const next = open(dataDir, { workspace: 'volume' })
  await next.writeFile('a', 'file', 'mine')
  expect(await next.readFile('a', 'file')).toBe('mine')
})

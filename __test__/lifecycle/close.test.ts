import { expect, test } from 'vitest'
import { count, docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { startNode } from '../support/node.ts'
import { newDataDir, newSandboxes, open } from '../support/sandboxes.ts'
import { DockerSandbox } from '../../index.js'

test('after close, every call rejects with CLOSED', async () => {
  const box = newSandboxes()
  const handle = await box.getOrCreate('a')
  await box.close()
  const calls = [
    () => box.getOrCreate('a'),
    () => box.exec('a', 'true'),
    () => box.readFile('a', 'x'),
    () => box.writeFile('a', 'x', ''),
    () => box.stop('a'),
    () => box.remove('a'),
    () => box.isRunning('a'),
    () => box.info('a'),
    () => box.list(),
    () => handle.exec('true'),
    () => handle.readFile('x'),
    () => handle.stop(),
  ]
  for (const call of calls) await rejection(call(), 'CLOSED')
})

test('close can be called twice, and before any use', async () => {
  const box = newSandboxes()
  await box.close()
  await box.close()
  await rejection(box.list(), 'CLOSED')
})

test('close leaves containers running', async () => {
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('a')
  await box.close()
  expect((await docker.getContainer(containerId).inspect()).State.Running).toBe(true)
})

test('close rejects pending calls with CLOSED and kills their commands', async () => {
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('a')
  const run = rejection(box.exec('a', '(setsid sleep 666 &) ; sleep 666'), 'CLOSED')
  await expect.poll(() => count(containerId, 'sleep 666'), { timeout: 5000 }).toBeGreaterThanOrEqual(2)
  await box.close()
  await run
  await expect.poll(() => count(containerId, 'sleep 666'), { timeout: 5000 }).toBe(0)
})

test('close rejects the creation of a sandbox and leaves nothing half created', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  const making = rejection(box.getOrCreate('a'), 'CLOSED')
  await new Promise((resolve) => setTimeout(resolve, 30))
  await box.close()
  await making
  expect((await open(dataDir).exec('a', 'echo ok')).stdout).toBe('ok\n')
})

test('stopAll stops containers that no other process uses', async () => {
  const dataDir = newDataDir()
  const other = startNode('sandbox.js', { options: { dataDir }, steps: [['getOrCreate', 'shared']], end: 'stay' })
  await other.wrote('READY')
  const box = open(dataDir)
  const [own, shared] = await Promise.all([box.getOrCreate('own'), box.getOrCreate('shared')])
  await box.close({ stopAll: true })
  expect((await docker.getContainer(own.containerId).inspect()).State.Running).toBe(false)
  expect((await docker.getContainer(shared.containerId).inspect()).State.Running).toBe(true)
})

test('await using closes', async () => {
  let kept: DockerSandbox
  {
    await using box = new DockerSandbox({ dataDir: newDataDir() })
    kept = box
    expect(await box.list()).toEqual([])
  }
  await rejection(kept.list(), 'CLOSED')
})

test('close rejects an unknown option', async () => {
  await rejection(newSandboxes().close({ stopall: true } as object), 'INVALID_ARGUMENT')
})

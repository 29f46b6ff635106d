import { expect, test } from 'vitest'
import { containersOf } from '../support/docker.ts'
import { runNode } from '../support/node.ts'
import { namespace, newDataDir, open } from '../support/sandboxes.ts'

test('a hundred calls at once create one container', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  const boxes = await Promise.all(Array.from({ length: 100 }, () => box.getOrCreate('one')))
  expect(new Set(boxes.map(({ containerId }) => containerId)).size).toBe(1)
  expect(await containersOf(namespace(dataDir))).toHaveLength(1)
})

test('commands, reads and writes at once create one container', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  await Promise.all([
    box.exec('one', 'true'),
    box.writeFile('one', 'a', 'x'),
    box.getOrCreate('one'),
    ...Array.from({ length: 20 }, (_, number) => box.exec('one', ['echo', String(number)])),
  ])
  expect(await containersOf(namespace(dataDir))).toHaveLength(1)
})

test('several DockerSandboxes of one process share the container', async () => {
  const dataDir = newDataDir()
  const owners = Array.from({ length: 4 }, () => open(dataDir))
  const boxes = await Promise.all(owners.map((owner) => owner.getOrCreate('one')))
  expect(new Set(boxes.map(({ containerId }) => containerId)).size).toBe(1)
})

test.each([2, 4])('%i processes at once create one container', async (count) => {
  const dataDir = newDataDir()
  const at = Date.now() + 1500
  const ends = await Promise.all(
    Array.from({ length: count }, () => runNode('at-once.js', { options: { dataDir }, id: 'one', at, times: 10 })),
  )
  const results = ends.map(({ stdout, stderr }) => {
    expect(stderr).toBe('')
    return JSON.parse(stdout) as { containers: string[]; stdout: string }
  })
  expect(new Set(results.flatMap(({ containers }) => containers)).size).toBe(1)
  expect(results.every(({ stdout }) => stdout === 'ran\n')).toBe(true)
  expect(await containersOf(namespace(dataDir))).toHaveLength(1)
})

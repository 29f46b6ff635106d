import { expect, test } from 'vitest'
import { containersOf, count } from '../support/docker.ts'
import { startNode, runNode } from '../support/node.ts'
import { namespace, newDataDir } from '../support/sandboxes.ts'

const COMMAND = 'echo; (setsid sleep 3333 &); sleep 3333'

async function onlyContainer(dataDir: string): Promise<string> {
  const [container] = await containersOf(namespace(dataDir))
  return container?.Id ?? ''
}

test('a command dies when the process that waits for it is killed', async () => {
  const dataDir = newDataDir()
  const node = startNode('command.js', { options: { dataDir }, id: 'a', command: COMMAND })
  await node.wrote('STARTED')
  const containerId = await onlyContainer(dataDir)
  expect(await count(containerId, 'sleep 3333')).toBeGreaterThan(0)
  node.child.kill('SIGKILL')
  await expect.poll(() => count(containerId, 'sleep 3333'), { timeout: 10_000 }).toBe(0)
})

test.each([
  ['process.exit', 'exit', 3],
  ['an uncaught exception', 'throw', 1],
])('%s during a command ends the process cleanly and kills the command', async (_, leave, code) => {
  const dataDir = newDataDir()
  const ended = await runNode('command.js', { options: { dataDir }, id: 'a', command: COMMAND, leave })
  expect(ended).toMatchObject({ code, signal: null })
  const containerId = await onlyContainer(dataDir)
  await expect.poll(() => count(containerId, 'sleep 3333'), { timeout: 10_000 }).toBe(0)
})

test('an idle process ends without close', async () => {
  const dataDir = newDataDir()
  const ended = await runNode('sandbox.js', { options: { dataDir }, steps: [['exec', 'a', 'echo hi']] })
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' })
})

test.each([
  ['commands', 'command'],
  ['commands with a listener', 'listener'],
  ['commands with input', 'stdin'],
  ['writes', 'write'],
  ['queries to the engine', 'list'],
])('terminating workers with 50 %s pending crashes nothing', async (_, kind) => {
  const dataDir = newDataDir()
  const ended = await runNode('workers.js', { options: { dataDir, pids: 1000 }, rounds: 10, calls: 50, kind })
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: '' })
  expect(ended.stdout).toBe('still works\n')
})

test('terminating a worker kills its commands', async () => {
  const dataDir = newDataDir()
  const node = startNode('worker-command.js', { options: { dataDir }, id: 'a', command: COMMAND })
  await node.wrote('TERMINATED')
  const containerId = await onlyContainer(dataDir)
  await expect.poll(() => count(containerId, 'sleep 3333'), { timeout: 10_000 }).toBe(0)
})

import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { fakeEngine, response, stallingEngine } from '../support/fake-engine.ts'
import { create, newManager, run } from '../support/manager.ts'

const CALLS: [string, RegExp, (manager: ReturnType<typeof newManager>, id: string) => Promise<unknown>][] = [
  ['inspectContainer', /\/json/, (manager, id) => manager.inspectContainer(id)],
  ['listContainers', /\/containers\/json/, (manager) => manager.listContainers()],
  ['listImages', /\/images\/json/, (manager) => manager.listImages()],
  ['info', /\/info/, (manager) => manager.info()],
  ['getContainerLogs', /\/logs/, (manager, id) => manager.getContainerLogs(id).next()],
  ['exec', /\/exec/, (manager, id) => manager.exec(id, 'true')],
  ['events', /\/events/, (manager) => manager.events().next()],
]

test.each(CALLS)('%s of an engine that does not answer is a TIMEOUT', async (_, path, call) => {
  const id = await run(newManager())
  const { address } = await stallingEngine(path)
  const manager = newManager({ engine: address, engineTimeout: 300 })
  const begun = Date.now()
  await rejection(call(manager, id), 'TIMEOUT')
  expect(Date.now() - begun).toBeLessThan(5000)
})

test.each([
  ['HTML', 'text/html', '<html>not an engine</html>'],
  ['half of its JSON', 'application/json', '[{"Id": "abc'],
])('an engine that answers with %s is an ENGINE_ERROR', async (_, type, body) => {
  const { address } = await fakeEngine((socket, received) =>
    socket.write(received.includes('/containers/json') ? response('200 OK', type, body) : response('200 OK', 'text/plain', 'OK', 'Api-Version: 1.41\r\n')),
  )
  await rejection(newManager({ engine: address }).listContainers(), 'ENGINE_ERROR')
})

test('a call to an engine that does not answer can be given up', async () => {
  const { address } = await stallingEngine(/\/start/)
  const manager = newManager({ engine: address })
  const id = await create(manager)
  const controller = new AbortController()
  setTimeout(() => controller.abort(), 200)
  await rejection(manager.startContainer(id, { signal: controller.signal }), 'ABORTED')
})

test('a container that goes away during a command ends it', async () => {
  const manager = newManager()
  const id = await run(manager)
  const running = manager.exec(id, 'echo on; sleep 60', { onStdout: () => void docker.getContainer(id).remove({ force: true }).catch(() => {}) })
  const outcome = await running.then(({ exitCode }) => exitCode, ({ code }) => code)
  // The engine ends the stream; then it knows the exit code still, or no longer the container.
  expect([137, 'NOT_FOUND']).toContain(outcome)
})

test('a container that goes away ends its log and its watch', async () => {
  const manager = newManager()
  const id = await run(manager, { command: 'while :; do echo x; sleep 0.05; done', init: false })
  let seen = 0
  for await (const _ of manager.getContainerLogs(id, { follow: true })) if (seen++ === 3) await manager.removeContainer(id, true)
  expect(seen).toBeGreaterThan(3)
  expect(await manager.watchContainerStats(id).next()).toEqual({ done: true, value: undefined })
})

test('a hundred calls at once all answer', async () => {
  const manager = newManager()
  const id = await run(manager)
  const answers = await Promise.all(Array.from({ length: 100 }, () => manager.getContainerStatus(id)))
  expect(new Set(answers.map(({ state }) => state))).toEqual(new Set(['running']))
})

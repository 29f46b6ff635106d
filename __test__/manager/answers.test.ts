import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { VolumeManager } from '../../index.js'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { fakeEngine, response } from '../support/fake-engine.ts'
import { collect, create, newManager, run } from '../support/manager.ts'
import { cleanUp } from '../support/sandboxes.ts'

const manager = newManager()

test.each([['1.41', undefined], ['1.42', ['true']], ['1.51', ['true']]])('with API %s, a prune removes named volumes too', async (api, all) => {
  const engine = await fakeEngine((socket, received) => {
    if (/ \/_ping/.test(received)) socket.write(response('200 OK', 'text/plain', 'OK', `Api-Version: ${api}\r\nOstype: linux\r\n`))
    else socket.write(response('200 OK', 'application/json', '{"VolumesDeleted":null,"SpaceReclaimed":0}'))
  })
  const volumes = new VolumeManager({ engine: engine.address })
  cleanUp(() => volumes.close())
  const filters = () => JSON.parse(new URL(engine.requests.at(-1)?.split(' ')[1] ?? '', 'http://engine').searchParams.get('filters') ?? '{}')
  await volumes.prune({ all: true })
  expect(filters()).toEqual(all ? { all } : {})
  await volumes.prune({ filters: { label: 'mine' } })
  expect(filters()).toEqual({ ...(all && { all }), label: ['cofferdam.managed', 'mine'] })
  await volumes.prune({ all: true, filters: { all: 'false' } })
  expect(filters()).toEqual({ all: ['false'] })
})

test('a container with links has its own name', async () => {
  const [name, other, label] = [randomUUID(), randomUUID(), randomUUID()].map((id) => `cofferdam-test-${id}`) as [string, string, string]
  const linked = await run(manager, { name, labels: { [label]: '' } })
  const linking = await docker.createContainer({ name: other, Image: 'ai-sandbox:latest', Cmd: ['sleep', '60'], HostConfig: { Links: [`${linked}:aaa`] } as object })
  cleanUp(() => linking.remove({ force: true }))
  await linking.start()
  const [listed] = await docker.listContainers({ filters: { label: [label] } })
  expect(listed?.Names).toHaveLength(2)
  expect((await manager.listContainers({ filters: { label } })).map(({ name }) => name)).toEqual([name])
})

test('a container in the network of its host has no traffic of its own', async () => {
  const id = await run(manager, { network: 'host' })
  const [own, host] = [await manager.getContainerStats(await run(manager)), await manager.getContainerStats(id)]
  expect(own.network).toMatchObject({ received: expect.any(Number) })
  expect(host.network).toBeNull()
})

test('wait has conditions', async () => {
  const id = await run(manager, { command: 'sleep 1; exit 3', init: false })
  const [next, usual, removed] = [manager.wait(id, { condition: 'next-exit' }), manager.wait(id), manager.wait(id, { condition: 'removed' })]
  expect([await next, await usual]).toEqual([3, 3])
  expect(await manager.wait(id)).toBe(3)
  const again = manager.wait(id, { condition: 'next-exit', signal: AbortSignal.timeout(500) })
  await rejection(again, 'ABORTED')
  await manager.removeContainer(id)
  expect(await removed).toBe(3)
  await rejection(manager.wait(id), 'NOT_FOUND')
  await rejection(manager.wait(id, { condition: 'removed' }), 'NOT_FOUND')
  expect((await rejection(manager.wait(id, { condition: 'gone' as 'removed' }), 'INVALID_ARGUMENT')).message).toContain('next-exit')
})

test('the end of a container that removes itself can be waited for', async () => {
  const id = await create(manager, { command: 'exit 5', autoRemove: true, init: false })
  const removed = manager.wait(id, { condition: 'removed' })
  await manager.startContainer(id)
  expect(await removed).toBe(5)
})

test('an entry point as a string takes a command if it is a program', async () => {
  const output = async (config: object) => {
    const id = await run(manager, { init: false, ...config })
    await manager.wait(id)
    return (await collect(manager.getContainerLogs(id))).map(({ data }) => data).join('')
  }
  expect(await output({ entrypoint: '/bin/echo', command: ['a', 'b'] })).toBe('a b\n')
  expect(await output({ entrypoint: 'echo $((1 + 1))', command: undefined })).toBe('2\n')
  expect(await output({ entrypoint: ['/bin/echo', 'x'], command: ['y'] })).toBe('x y\n')
  const error = await rejection(create(manager, { entrypoint: 'exec echo "$@"', command: ['a'] }), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe('entrypoint')
})

test('anonymous volumes go with their container, unless they are to be kept', async () => {
  for (const volumes of [undefined, true, false]) {
    const container = await docker.createContainer({ Image: 'ai-sandbox:latest', Cmd: ['true'], Volumes: { '/anonymous': {} } })
    const { Mounts } = await container.inspect()
    const name = (Mounts as { Name: string }[])[0]?.Name ?? ''
    cleanUp(() => docker.getVolume(name).remove().catch(() => {}))
    expect(await manager.removeContainer(container.id, { volumes })).toBe(true)
    const kept = ((await docker.listVolumes()).Volumes ?? []).some(({ Name }) => Name === name)
    expect(kept).toBe(volumes === false)
  }
})

test('signals have names and numbers', async () => {
  const id = await run(manager, { command: ['sh', '-c', 'trap "exit 7" USR1; while :; do sleep 0.1; done'], init: false })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(await manager.killContainer(id, 10)).toBe(true)
  expect(await manager.wait(id)).toBe(7)
  for (const signal of [0, 65, 1.5, NaN, 'SIG TERM', '']) await rejection(manager.killContainer(id, signal), 'INVALID_ARGUMENT')
  const made = await create(manager, { stopSignal: 15 })
  expect((await docker.getContainer(made).inspect()).Config).toMatchObject({ StopSignal: '15' })
  expect((await rejection(create(manager, { stopSignal: 'SIG TERM' }), 'INVALID_ARGUMENT')).details?.argument).toBe('stopSignal')
})

test('sizes have decimals', async () => {
  const id = await create(manager, { resourceLimits: { memory: '1.5g' } })
  expect((await docker.getContainer(id).inspect()).HostConfig.Memory).toBe(1.5 * 2 ** 30)
})

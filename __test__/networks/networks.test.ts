import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { NetworkManager } from '../../index.js'
import { docker } from '../support/docker.ts'
import { engineOverTcp } from '../support/engine-over-tcp.ts'
import { rejection } from '../support/errors.ts'
import { editedAnswers, refusingEngine, stallingEngine } from '../support/fake-engine.ts'
import { newManager, run } from '../support/manager.ts'
import { newNetworks, newTask } from '../support/networks.ts'
import { cleanUp } from '../support/sandboxes.ts'

const manager = newManager()
const networks = newNetworks()

/** Whether a container reaches a port. */
async function reaches(id: string, host: string, port: number): Promise<boolean> {
  const script = `import socket; socket.create_connection(("${host}", ${port}), 2).close()`
  return (await manager.exec(id, ['python3', '-c', script])).exitCode === 0
}

/** A container that listens on port 8000. */
async function server(network: string, name = `server-${randomUUID()}`): Promise<string> {
  const id = await run(manager, { name, network, command: ['python3', '-m', 'http.server', '8000'] })
  await expect.poll(() => reaches(id, '127.0.0.1', 8000), { timeout: 10_000 }).toBe(true)
  return id
}

const addressOf = async (id: string, network: string) => {
  const { NetworkSettings } = await docker.getContainer(id).inspect()
  return Object.values(NetworkSettings.Networks).find(({ NetworkID }) => NetworkID === network)?.IPAddress ?? ''
}

test('containers on a task’s network reach each other, by name too, and nobody on another', async () => {
  const [one, two] = [newTask(), newTask()]
  const [ours, theirs] = [await networks.createTaskNetwork(one), await networks.createTaskNetwork(two)]
  const [a, b, other] = [await server(ours), await run(manager, { network: ours }), await server(theirs)]
  expect(await reaches(b, await addressOf(a, ours), 8000)).toBe(true)
  expect(await reaches(b, (await manager.getContainerStatus(a)).name, 8000)).toBe(true)
  expect(await reaches(b, await addressOf(other, theirs), 8000)).toBe(false)
})

test('what was made is listed, also by another manager', async () => {
  const task = newTask()
  const id = await networks.createTaskNetwork(task, { dns: ['9.9.9.9'], internal: true })
  const container = await run(manager, { network: id })
  const [listed, ...more] = await newNetworks().listTaskNetworks(task)
  expect(more).toEqual([])
  expect(listed).toMatchObject({ id, internal: true, dns: ['9.9.9.9'], formerIds: [], containers: [{ id: container }] })
  expect(listed?.subnet).toMatch(/^10\.213\.\d+\.\d+\/28$/)
  expect(await networks.listTaskNetworks(newTask())).toEqual([])
})

test('an internal network reaches nothing of the host from the start', async () => {
  const host = createServer((_, response) => response.end()).listen(0, '0.0.0.0')
  cleanUp(() => void host.close())
  await once(host, 'listening')
  const { port } = host.address() as AddressInfo
  const id = await networks.createTaskNetwork(newTask(), { internal: true })
  const container = await run(manager, { network: id })
  const gateway = (await docker.getNetwork(id).inspect()).IPAM.Config[0]?.Gateway ?? ''
  for (const address of [gateway, '172.17.0.1', '1.1.1.1']) expect(await reaches(container, address, port)).toBe(false)
})

test('containers are connected and disconnected', async () => {
  const id = await networks.createTaskNetwork(newTask())
  const container = await run(manager)
  expect(await networks.connectContainerToNetwork(container, id)).toBe(true)
  expect(await networks.connectContainerToNetwork(container, id)).toBe(false)
  expect(await addressOf(container, id)).toMatch(/^10\.213\./)
  expect(await networks.disconnectContainerFromNetwork(container, id)).toBe(true)
  expect(await networks.disconnectContainerFromNetwork(container, id)).toBe(false)
})

test('a task’s networks are removed, even with containers connected', async () => {
  const task = newTask()
  const ids = [await networks.createTaskNetwork(task), await networks.createTaskNetwork(task)]
  const container = await run(manager, { network: ids[0] ?? '' })
  expect((await networks.removeTaskNetwork(task)).sort()).toEqual(ids.sort())
  expect(await networks.removeTaskNetwork(task)).toEqual([])
  expect((await manager.getContainerStatus(container)).running).toBe(true)
})

test('the name servers of a network are those of containers made on it', async () => {
  const id = await networks.createTaskNetwork(newTask(), { dns: ['9.9.9.9', '1.1.1.1'] })
  const dns = async (config: object) => (await docker.getContainer(await run(manager, { network: id, ...config })).inspect()).HostConfig.Dns
  expect(await dns({})).toEqual(['9.9.9.9', '1.1.1.1'])
  expect(await dns({ dns: ['8.8.8.8'] })).toEqual(['8.8.8.8'])
})

test('two hundred networks exist at once, no two with the same addresses', async () => {
  const tasks = Array.from({ length: 200 }, newTask)
  const made: string[] = []
  for (let first = 0; first < tasks.length; first += 8) {
    made.push(...(await Promise.all(tasks.slice(first, first + 8).map((task) => networks.createTaskNetwork(task)))))
  }
  const ours = (await docker.listNetworks()).filter(({ Id }) => made.includes(Id))
  expect(new Set(ours.map(({ IPAM }) => IPAM?.Config?.[0]?.Subnet)).size).toBe(200)
  for (const task of tasks) expect(await networks.removeTaskNetwork(task)).toHaveLength(1)
}, 180_000)

test('two processes that make networks at once do not meet', async () => {
  const tasks = Array.from({ length: 12 }, newTask)
  const script = `
    import { NetworkManager } from ${JSON.stringify(new URL('../../index.js', import.meta.url).href)}
    const networks = new NetworkManager()
    await Promise.all(process.argv.slice(1).map((task) => networks.createTaskNetwork(task)))`
  const children = [0, 1].map((half) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, ...tasks.slice(half * 6, half * 6 + 6)], { stdio: 'inherit' })
    cleanUp(() => child.kill('SIGKILL'))
    return once(child, 'exit')
  })
  expect(await Promise.all(children)).toEqual([[0, null], [0, null]])
  const subnets = await Promise.all(tasks.map(async (task) => (await networks.listTaskNetworks(task))[0]?.subnet))
  expect(new Set(subnets).size).toBe(12)
})

test('a subnet can be given, and is refused when it is in use', async () => {
  const subnet = '10.214.7.16/28'
  const id = await networks.createTaskNetwork(newTask(), { subnet })
  expect((await docker.getNetwork(id).inspect()).IPAM.Config[0]?.Subnet).toBe(subnet)
  await rejection(networks.createTaskNetwork(newTask(), { subnet }), 'CONFLICT')
})

test('an isolated network reaches nothing outside, and its containers each other with their addresses', async () => {
  const host = createServer((_, response) => response.end()).listen(0, '0.0.0.0')
  cleanUp(() => void host.close())
  await once(host, 'listening')
  const { port } = host.address() as AddressInfo
  const id = await networks.createTaskNetwork(newTask())
  const elsewhere = await networks.createTaskNetwork(newTask())
  const [a, b, other] = [await server(id), await run(manager, { network: id }), await server(elsewhere)]
  const stopped = await run(manager, { network: id })
  await manager.stopContainer(stopped, 0)
  const addresses = await Promise.all([a, b].map((one) => addressOf(one, id)))
  const outside = (await docker.getNetwork(elsewhere).inspect()).IPAM.Config[0]?.Gateway ?? ''
  const gateway = (await docker.getNetwork(id).inspect()).IPAM.Config[0]?.Gateway ?? ''
  expect(await reaches(b, outside, port)).toBe(true)

  const isolated = await networks.isolateNetwork(id)

  expect(isolated).not.toBe(id)
  expect(await Promise.all([a, b].map((one) => addressOf(one, isolated)))).toEqual(addresses)
  expect(await reaches(b, addresses[0] ?? '', 8000)).toBe(true)
  expect(await reaches(b, await addressOf(other, elsewhere), 8000)).toBe(false)
  expect(await reaches(b, outside, port)).toBe(false)
  expect(await reaches(b, '1.1.1.1', 53)).toBe(false)
  for (const address of [gateway, '172.17.0.1']) expect(await reaches(b, address, port)).toBe(false)
  expect(await reaches(b, (await manager.getContainerStatus(a)).name, 8000)).toBe(true)
  expect(await manager.startContainer(stopped)).toBe(true)
  await manager.removeContainer(stopped, true)
})

test('the id that a network had before it was isolated still leads to it, in another manager too', async () => {
  const task = newTask()
  const id = await networks.createTaskNetwork(task)
  const isolated = await networks.isolateNetwork(id)
  const other = newNetworks()
  const container = await run(manager)
  expect(await other.connectContainerToNetwork(container, id)).toBe(true)
  expect(await other.stats(id)).toMatchObject({ members: 1 })
  expect(await other.isolateNetwork(id)).toBe(isolated)
  expect(await other.listTaskNetworks(task)).toMatchObject([{ id: isolated, internal: true, formerIds: [id] }])
  expect(await networks.disconnectContainerFromNetwork(container, id)).toBe(true)
})

test('a network whose isolation fails is as it was', async () => {
  const task = newTask()
  const id = await networks.createTaskNetwork(task)
  const container = await run(manager, { network: id })
  const address = await addressOf(container, id)
  // Disconnects and removes, but makes no new one.
  const { address: engine } = await stallingEngine(/POST \/networks\/create/)
  const broken = new NetworkManager({ engine, engineTimeout: 300 })
  cleanUp(() => broken.close())
  const isolating = broken.isolateNetwork(id)
  isolating.catch(() => {})
  await expect.poll(async () => (await networks.listTaskNetworks(task)).length, { timeout: 10_000 }).toBe(0)
  await broken.close()
  await rejection(isolating, 'CLOSED')
  // Closed half-way: its container lives, and can be connected to what is made now.
  const again = await networks.createTaskNetwork(task)
  expect(await networks.connectContainerToNetwork(container, again)).toBe(true)
  expect(address).not.toBe('')
})

test('a network whose isolation fails half-way is restored, with its settings and its containers', async () => {
  const id = await networks.createTaskNetwork(newTask(), { dns: ['9.9.9.9'] })
  const [a, b] = [await server(id), await run(manager, { network: id })]
  const before = await docker.getNetwork(id).inspect()
  const addresses = await Promise.all([a, b].map((one) => addressOf(one, id)))
  // The isolated network is made, and then one container can't be connected to it.
  const { address: engine } = await refusingEngine(/POST \/networks\/\w+\/connect/, 1)
  const error = await rejection(newNetworks({ engine }).isolateNetwork(id), 'ENGINE_ERROR')
  expect(error.message).toContain('refused by the test')
  expect(error.details).toMatchObject({ restored: true, members: expect.arrayContaining([a, b]) })
  const after = await docker.getNetwork(before.Name).inspect()
  for (const setting of ['Internal', 'Options', 'Labels', 'IPAM', 'EnableIPv6', 'Driver'] as const) expect(after[setting], setting).toEqual(before[setting])
  expect(await Promise.all([a, b].map((one) => addressOf(one, after.Id)))).toEqual(addresses)
  expect(await reaches(b, addresses[0] ?? '', 8000)).toBe(true)
})

test('a container that names its network by id has the name as its network mode', async () => {
  const id = await networks.createTaskNetwork(newTask())
  const { Name } = await docker.getNetwork(id).inspect()
  for (const network of [id, Name]) {
    const { HostConfig, NetworkSettings } = await docker.getContainer(await run(manager, { network })).inspect()
    expect(HostConfig.NetworkMode).toBe(Name)
    expect(Object.values(NetworkSettings.Networks).map(({ NetworkID }) => NetworkID)).toEqual([id])
  }
})

test('a network is left alone if the engine could not connect its containers again', async () => {
  const id = await networks.createTaskNetwork(newTask())
  const { id: container } = await docker.createContainer({ Image: 'ai-sandbox:latest', Entrypoint: ['sleep', '600'], HostConfig: { NetworkMode: id } })
  cleanUp(() => docker.getContainer(container).remove({ force: true }))
  await docker.getContainer(container).start()
  const { address: engine } = await editedAnswers((answer) => answer.replace(/"ApiVersion":"1\.\d\d"/g, '"ApiVersion":"1.44"'))
  const error = await rejection(newNetworks({ engine }).isolateNetwork(id), 'CONFLICT')
  expect(error.details).toMatchObject({ containers: [container] })
  expect((await docker.getNetwork(id).inspect()).Internal).toBe(false)
  expect(await addressOf(container, id)).not.toBe('')
  // An engine that does not look up the network mode replaces the network.
  const isolated = await networks.isolateNetwork(id)
  expect(await addressOf(container, isolated)).not.toBe('')
})

test.each(['local', 'tcp'])('traffic over a network is counted, on an engine over %s', async (kind) => {
  const counted = newNetworks(kind === 'tcp' ? { engine: await engineOverTcp() } : {})
  const id = await networks.createTaskNetwork(newTask())
  const [a, b] = [await server(id), await run(manager, { network: id })]
  const before = await counted.stats(id)
  const address = await addressOf(a, id)
  await manager.exec(b, ['python3', '-c', `import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); [s.sendto(b'x' * 1000, ("${address}", 9)) for _ in range(200)]`])
  const after = await counted.stats(id)
  expect(after.members).toBe(2)
  expect(after.sent - before.sent).toBeGreaterThan(200_000)
  expect(after.received - before.received).toBeGreaterThan(100_000)
})

test('what is not there is NOT_FOUND', async () => {
  const container = await run(manager)
  const calls = [
    networks.isolateNetwork('no-such-network'),
    networks.stats('no-such-network'),
    networks.connectContainerToNetwork(container, 'no-such-network'),
    networks.disconnectContainerFromNetwork(container, 'no-such-network'),
  ]
  await Promise.all(calls.map((call) => rejection(call, 'NOT_FOUND')))
  const id = await networks.createTaskNetwork(newTask())
  await rejection(networks.connectContainerToNetwork('no-such-container', id), 'NOT_FOUND')
})

const WRONG: [string, object, string][] = [
  ['../x', {}, 'taskId'],
  ['', {}, 'taskId'],
  ['a', { subnet: '10.0.0.1/8' }, 'subnet'],
  ['a', { subnet: 'ten' }, 'subnet'],
  ['a', { dns: ['dns.example'] }, 'dns'],
  ['a', { intenal: true }, 'intenal'],
]

test.each(WRONG)('a network of %j with %j is refused', async (task, options, argument) => {
  const error = await rejection(networks.createTaskNetwork(task, options), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe(argument)
})

test('the engine’s own networks are not isolated', async () => {
  await rejection(networks.isolateNetwork('bridge'), 'INVALID_ARGUMENT')
  await rejection(networks.isolateNetwork('host'), 'INVALID_ARGUMENT')
})

test('an engine that does not answer is a TIMEOUT', async () => {
  const { address } = await stallingEngine(/GET \/networks/)
  await rejection(newNetworks({ engine: address, engineTimeout: 300 }).createTaskNetwork('a'), 'TIMEOUT')
})

test('the process has one of its own', async () => {
  const one = NetworkManager.getInstance()
  expect(NetworkManager.getInstance()).toBe(one)
  await one.close()
  await rejection(one.listTaskNetworks('a'), 'CLOSED')
  expect(NetworkManager.getInstance()).not.toBe(one)
  await NetworkManager.getInstance().close()
})

import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT, ROOTLESS, scaled } from './support/environment.js'
import { engine } from './support/engine.js'
import { newManager, newName, newNetworks, run } from './support/containers.js'
import { cleanUp, newSandboxes } from './support/sandboxes.js'

const manager = newManager()
const networks = newNetworks()
const LONG = { timeout: scaled(120_000) }

function newTask() {
  const task = newName('task')
  cleanUp(() => networks.removeTaskNetwork(task))
  return task
}

const CONNECT = 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3])).close()'

async function reaches(id, host, port) {
  return (await manager.exec(id, ['python3', '-c', CONNECT, host, String(port), String(scaled(1000) / 1000)], { timeout: scaled(30_000) })).exitCode === 0
}

/** A container that listens on port 8000. */
async function newServer(network, name = newName('server')) {
  const id = await run(manager, { name, network, command: ['python3', '-m', 'http.server', '8000'] })
  const end = Date.now() + scaled(15_000)
  while (!(await reaches(id, '127.0.0.1', 8000))) {
    assert.ok(Date.now() < end, 'the server does not listen')
    await sleep(100)
  }
  return id
}

async function addressOf(id, network) {
  const { body } = await engine('GET', `/containers/${id}/json`)
  const found = Object.values(body.NetworkSettings.Networks).find(({ NetworkID }) => NetworkID === network)
  return found?.IPAddress
}

/** A service of this machine, and an address of it that is not the loopback's. */
async function hostService() {
  const host = createServer((_, response) => response.end('host')).listen(0, '0.0.0.0')
  cleanUp(() => void host.close())
  await once(host, 'listening')
  const { address } = Object.values(networkInterfaces()).flat().find(({ family, internal }) => family === 'IPv4' && !internal)
  return { address, port: host.address().port }
}

// The first test, as there is no other sandbox on the network yet.
test('root on the engine’s machine keeps sandboxes from its services, from their first command on', { skip: (!ROOT || ROOTLESS) && 'this user may not change the packet filter', ...LONG }, async () => {
  const { address, port } = await hostService()
  const { exitCode } = await newSandboxes().exec('a', ['python3', '-c', CONNECT, address, String(port), '3'], { timeout: scaled(30_000) })
  assert.notEqual(exitCode, 0)
})

test('containers on a task’s network reach each other, by name too, and nobody on another', LONG, async () => {
  const [ours, theirs] = [await networks.createTaskNetwork(newTask()), await networks.createTaskNetwork(newTask())]
  const name = newName('server')
  const [a, b, other] = [await newServer(ours, name), await run(manager, { network: ours }), await newServer(theirs)]
  assert.equal(await reaches(b, await addressOf(a, ours), 8000), true)
  assert.equal(await reaches(b, name, 8000), true)
  assert.equal(await reaches(b, await addressOf(other, theirs), 8000), false)
})

test('a network is listed with its members, and removed even with containers on it', LONG, async () => {
  const task = newTask()
  const id = await networks.createTaskNetwork(task, { internal: true, dns: ['9.9.9.9'] })
  const container = await run(manager, { network: id })
  const [listed, ...more] = await networks.listTaskNetworks(task)
  assert.deepEqual(more, [])
  assert.deepEqual({ id: listed.id, internal: listed.internal, dns: listed.dns, containers: listed.containers.map((member) => member.id) }, { id, internal: true, dns: ['9.9.9.9'], containers: [container] })
  assert.match(listed.subnet, /^10\.213\.\d+\.\d+\/28$/)
  assert.deepEqual(await networks.removeTaskNetwork(task), [id])
  assert.deepEqual(await networks.listTaskNetworks(task), [])
})

test('a container is connected and disconnected', LONG, async () => {
  const id = await networks.createTaskNetwork(newTask())
  const container = await run(manager)
  assert.deepEqual([await networks.connectContainerToNetwork(container, id), await networks.connectContainerToNetwork(container, id)], [true, false])
  assert.match(await addressOf(container, id), /^10\.213\./)
  assert.deepEqual([await networks.disconnectContainerFromNetwork(container, id), await networks.disconnectContainerFromNetwork(container, id)], [true, false])
})

test('an internal network reaches nothing of this machine', LONG, async () => {
  const { address, port } = await hostService()
  const id = await networks.createTaskNetwork(newTask(), { internal: true })
  const container = await run(manager, { network: id })
  assert.equal(await reaches(container, address, port), false)
})

test('an isolated network keeps its members’ addresses and names, and reaches nothing else', { timeout: scaled(240_000) }, async (t) => {
  const { address, port } = await hostService()
  const id = await networks.createTaskNetwork(newTask())
  const name = newName('server')
  const [a, b] = [await newServer(id, name), await run(manager, { network: id })]
  const before = await addressOf(a, id)
  t.diagnostic(`the host is ${(await reaches(b, address, port)) ? 'reached' : 'not reached'} before`)
  const isolated = await networks.isolateNetwork(id)
  assert.equal(await addressOf(a, isolated), before)
  assert.equal(await reaches(b, before, 8000), true)
  assert.equal(await reaches(b, name, 8000), true)
  assert.equal(await reaches(b, address, port), false)
})

test('traffic of a network is counted', LONG, async () => {
  const id = await networks.createTaskNetwork(newTask())
  const [a, b] = [await newServer(id), await run(manager, { network: id })]
  await reaches(b, await addressOf(a, id), 8000)
  const { received, sent, members } = await networks.stats(id)
  assert.ok(received > 0 && sent > 0)
  assert.equal(members, 2)
})

test('sandboxes do not reach each other', LONG, async () => {
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('server')
  await box.exec('server', `python3 -m http.server 8000 >/dev/null 2>&1 & until python3 -c '${CONNECT}' 127.0.0.1 8000 1 2>/dev/null; do sleep 0.1; done`)
  const { body } = await engine('GET', `/containers/${containerId}/json`)
  const [{ IPAddress }] = Object.values(body.NetworkSettings.Networks)
  assert.match(IPAddress, /^\d+\.\d+\.\d+\.\d+$/)
  const { exitCode } = await box.exec('client', ['python3', '-c', CONNECT, IPAddress, '8000', '3'], { timeout: scaled(30_000) })
  assert.notEqual(exitCode, 0)
})

test('a sandbox reaches this machine’s services only if info says so', LONG, async (t) => {
  const { address, port } = await hostService()
  const box = newSandboxes()
  await box.getOrCreate('a')
  const { isolation } = await box.info('a')
  const { exitCode } = await box.exec('a', ['python3', '-c', CONNECT, address, String(port), '3'], { timeout: scaled(30_000) })
  t.diagnostic(`${JSON.stringify(isolation)}, the host is ${exitCode === 0 ? 'reached' : 'not reached'}`)
  if (isolation.host === 'blocked') assert.notEqual(exitCode, 0)
})

test('a sandbox with a network has an interface, an address and a route', LONG, async () => {
  const { stdout } = await newSandboxes().exec('a', "ls /sys/class/net | grep -vc '^lo$'; awk '$2 == \"00000000\"' /proc/net/route | wc -l; grep -c nameserver /etc/resolv.conf")
  const [interfaces, routes, servers] = stdout.trim().split('\n').map(Number)
  assert.deepEqual({ interfaces, routes }, { interfaces: 1, routes: 1 })
  assert.ok(servers > 0)
})

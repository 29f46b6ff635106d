import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { newManager, run } from '../support/manager.ts'
import { newNetworks } from '../support/networks.ts'
import { cleanUp } from '../support/sandboxes.ts'

const networks = newNetworks()
const manager = newManager()

function newName(): string {
  const name = `cofferdam-test-${randomUUID()}`
  cleanUp(() => docker.getNetwork(name).remove().catch(() => {}))
  return name
}

test('a network is created as asked for, described, listed and removed', async () => {
  const name = newName()
  const id = await networks.create({ name, internal: true, labels: { mine: name }, driverOptions: { 'com.docker.network.bridge.enable_icc': 'false' }, subnets: [{ subnet: '10.212.9.0/24', gateway: '10.212.9.77', ipRange: '10.212.9.128/25' }] })
  const info = await networks.inspect(name)
  expect(info).toMatchObject({ id, name, driver: 'bridge', internal: true, ipv6: false, subnet: '10.212.9.0/24', gateway: '10.212.9.77', containers: [] })
  expect(info.labels).toMatchObject({ mine: name })
  const { Options, IPAM } = await docker.getNetwork(id).inspect()
  expect(Options).toEqual({ 'com.docker.network.bridge.enable_icc': 'false' })
  expect(IPAM?.Config).toMatchObject([{ IPRange: '10.212.9.128/25' }])
  expect((await networks.list({ filters: { label: `mine=${name}` } })).map((network) => network.id)).toEqual([id])
  expect((await networks.list()).map((network) => network.name)).toEqual(expect.arrayContaining([name, 'bridge', 'host', 'none']))
  expect(await networks.remove(name)).toBe(true)
  expect(await networks.remove(name)).toBe(false)
  await rejection(networks.inspect(id), 'NOT_FOUND')
})

test('a container has names and an address of the caller on a network', async () => {
  const name = newName()
  await networks.create({ name, subnets: [{ subnet: '10.212.10.0/28' }] })
  const id = await run(manager, { network: 'none' })
  await rejection(networks.connectContainerToNetwork(id, name, { ipv4Address: 'localhost' }), 'INVALID_ARGUMENT')
  const other = await run(manager)
  expect(await networks.connectContainerToNetwork(other, name, { aliases: ['db', 'store'], ipv4Address: '10.212.10.9' })).toBe(true)
  expect(await networks.connectContainerToNetwork(other, name)).toBe(false)
  const asking = await run(manager, { network: name })
  expect((await manager.exec(asking, 'getent hosts db store | cut -d" " -f1')).stdout).toBe('10.212.10.9\n10.212.10.9\n')
  expect((await networks.inspect(name)).containers).toContainEqual(expect.objectContaining({ id: other, address: '10.212.10.9' }))
  await rejection(networks.remove(name), 'CONFLICT')
  expect(await networks.disconnectContainerFromNetwork(other, name)).toBe(true)
})

test('a taken name and a subnet in use are told apart', async () => {
  const [first, second] = [newName(), newName()]
  await networks.create({ name: first, subnets: [{ subnet: '10.212.11.0/28' }] })
  expect((await rejection(networks.create(first), 'ALREADY_EXISTS')).details?.name).toBe(first)
  await rejection(networks.create({ name: second, subnets: [{ subnet: '10.212.11.0/28' }] }), 'CONFLICT')
  for (const [wrong, argument] of [[{ name: 'a b' }, 'name'], [{}, 'name'], [{ name: second, subnets: [{}] }, 'subnets'], [{ name: second, subnets: [{ subnet: '1.2.3.0/24', x: 1 }] }, 'x']] as const) {
    expect((await rejection(networks.create(wrong as never), 'INVALID_ARGUMENT')).details?.argument).toBe(argument)
  }
  await rejection(networks.create({ name: second, subnets: [{ subnet: 'here' }] }), 'ENGINE_ERROR')
})

test('pruning removes networks of this package only, unless all are asked for', async () => {
  const [own, other] = [newName(), newName()]
  const filters = { label: `test=${own}` }
  await networks.create({ name: own, labels: { test: own } })
  await docker.createNetwork({ Name: other, Labels: { test: own } })
  expect(await networks.prune({ filters })).toEqual({ removed: [own] })
  expect(await networks.prune({ filters, all: true })).toEqual({ removed: [other] })
})

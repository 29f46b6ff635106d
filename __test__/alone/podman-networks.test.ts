import { beforeAll, expect, test as base } from 'vitest'
import { DockerSandbox, SandboxManager } from '../../index.js'
import { deleteTable, tables } from '../support/packet-filter.ts'
import { Podman, noPodmanNetworks } from '../support/podman.ts'
import { cleanUp, namespace, newDataDir } from '../support/sandboxes.ts'
import { doctorInOtherProcess, inOtherProcess, type Step } from '../support/steps.ts'

// Podman runs in a network namespace of its own, and so does a Node process that is to have a say in its packet filter.

const podman = new Podman({ networks: true })
const test = base.skipIf(noPodmanNetworks !== undefined)

/** An address at which clouds serve credentials. */
const METADATA = '169.254.169.254'
/** Another address of the engine's machine. */
const HOST = '198.51.100.1'

if (noPodmanNetworks === undefined)
  beforeAll(async () => {
    await podman.prepare()
    for (const address of [METADATA, HOST]) podman.space.run('ip', 'address', 'add', `${address}/32`, 'dev', 'lo')
    await podman.space.serve()
  }, 180_000)

/** A data directory whose sandboxes on Podman are removed afterwards. */
function newDirectory(): string {
  const dataDir = newDataDir()
  cleanUp(async () => {
    const box = new DockerSandbox({ dataDir, engine: podman.address })
    for (const { id } of await box.list()) await box.remove(id, { workspace: true })
    await box.close()
  })
  return dataDir
}

/** Sandboxes on Podman, used from outside of the engine's network namespace. */
function sandboxes(dataDir = newDirectory(), options = {}): DockerSandbox {
  const box = new DockerSandbox({ dataDir, engine: podman.address, ...options })
  cleanUp(() => box.close())
  return box
}

/** Runs steps in a process in the engine's network namespace; the values. */
async function inSpace(dataDir: string, steps: Step[], options = {}): Promise<any[]> {
  const outcomes = await inOtherProcess({ dataDir, engine: podman.address, ...options }, steps, podman.space)
  expect(outcomes.map(({ error }) => error).filter(Boolean)).toEqual([])
  return outcomes.map(({ value }) => value)
}

/** Prints what HTTP servers at the given addresses answer. */
const GET = `
import sys, urllib.request
for address in sys.argv[1:]:
  try: print(urllib.request.urlopen('http://' + address, timeout=2).read().decode().strip())
  except OSError: print('nothing')`

const get = (id: string, ...addresses: string[]): Step => ['exec', id, ['python3', '-c', GET, ...addresses.map((address) => `${address}:8000`)]]

/** Starts a server in a sandbox. */
const SERVE = 'echo neighbour > index.html; python3 -m http.server 8000 >/dev/null 2>&1 & until curl -s -o /dev/null http://127.0.0.1:8000/; do sleep 0.1; done'

/** The addresses of a sandbox's only network. */
async function networkOf(containerId: string): Promise<{ name: string; address: string; gateway: string }> {
  const found = Object.entries((await podman.docker.getContainer(containerId).inspect()).NetworkSettings.Networks)
  expect(found).toHaveLength(1)
  const [[name, { IPAddress: address, Gateway: gateway }] = ['', { IPAddress: '', Gateway: '' }]] = found
  return { name, address, gateway }
}

/** The names of a data directory's networks on Podman. */
async function networks(dataDir: string): Promise<string[]> {
  const found = await podman.docker.listNetworks({ filters: { label: [`cofferdam.namespace=${namespace(dataDir)}`] } })
  return found.map(({ Name }) => Name)
}

test('a sandbox reaches no service of the engine’s machine, and no metadata address', async () => {
  const dataDir = newDirectory()
  const box = sandboxes(dataDir)
  const { gateway } = await networkOf((await box.getOrCreate('a')).containerId)
  const [got, info] = await inSpace(dataDir, [get('a', gateway, HOST, METADATA), ['info', 'a']])
  expect(got.stdout).toBe('nothing\nnothing\nnothing\n')
  expect(info.isolation).toEqual({ host: 'blocked', metadata: 'blocked' })
})

test('with host allow, it reaches the services, but no metadata address', async () => {
  const dataDir = newDirectory()
  const box = sandboxes(dataDir, { host: 'allow' })
  const { gateway } = await networkOf((await box.getOrCreate('a')).containerId)
  const [got, info] = await inSpace(dataDir, [get('a', gateway, HOST, METADATA), ['info', 'a']], { host: 'allow' })
  expect(got.stdout).toBe('outside\noutside\nnothing\n')
  expect(info.isolation).toEqual({ host: 'open', metadata: 'blocked' })
})

test('the rules hold from the first command of a new sandbox on, and of one that starts again', async () => {
  const dataDir = newDirectory()
  const [first] = await inSpace(dataDir, [get('a', HOST, METADATA), ['stop', 'a']])
  expect(first.stdout).toBe('nothing\nnothing\n')
  // The interface went with the only container that was on it.
  expect(podman.space.run('ip', '-o', 'link')).not.toContain('coffer-')
  deleteTable('cofferdam-deny', podman.space)
  const [again, info] = await inSpace(dataDir, [get('a', HOST, METADATA), ['info', 'a']])
  expect(again.stdout).toBe('nothing\nnothing\n')
  expect(info.isolation).toEqual({ host: 'blocked', metadata: 'blocked' })
  expect(tables(podman.space).map(({ name }) => name)).toContain('cofferdam-deny')
})

test('sandboxes do not reach each other, whatever they may reach else, and find no names', async () => {
  const dataDir = newDirectory()
  const [deny, allow] = [sandboxes(dataDir), sandboxes(newDirectory(), { host: 'allow' })]
  const neighbours = [[deny, 'a'], [deny, 'b'], [allow, 'c']] as const
  const found: { address: string; containerId: string }[] = []
  for (const [box, id] of neighbours) {
    expect((await box.exec(id, SERVE)).exitCode).toBe(0)
    const { containerId } = await box.getOrCreate(id)
    found.push({ containerId, address: (await networkOf(containerId)).address })
  }
  const addresses = found.map(({ address }) => address)
  for (const [index, [box, id]] of neighbours.entries()) {
    const { stdout } = await box.exec(id, ['python3', '-c', GET, ...addresses.map((address) => `${address}:8000`)])
    expect(stdout.trim().split('\n')).toEqual(addresses.map((_, at) => (at === index ? 'neighbour' : 'nothing')))
  }
  const names = found.map(({ containerId }) => containerId.slice(0, 12))
  const { stdout } = await deny.exec('a', `for name in ${names.join(' ')} ${(await networks(dataDir)).join(' ')}; do RES_OPTIONS="timeout:1 attempts:1" getent hosts $name; done; true`)
  expect(stdout.split('\n').filter((line) => line !== '' && !line.startsWith(addresses[0] ?? ''))).toEqual([])
}, 120_000)

test('a sandbox has one network, which lasts as long as its container', async () => {
  const dataDir = newDirectory()
  const box = sandboxes(dataDir)
  const { containerId } = await box.getOrCreate('a')
  const { name } = await networkOf(containerId)
  await box.stop('a')
  expect((await box.exec('a', 'echo again')).stdout).toBe('again\n')
  expect(await networks(dataDir)).toEqual([name])
  await box.close()
  // The container is replaced, and with it a network of the other kind.
  const other = sandboxes(dataDir, { host: 'allow' })
  const replaced = await networkOf((await other.getOrCreate('a')).containerId)
  expect(await networks(dataDir)).toEqual([replaced.name])
  const [info] = await inSpace(dataDir, [['exec', 'a', 'true'], ['info', 'a']], { host: 'allow' }).then((values) => values.slice(1))
  expect(info.isolation.metadata).toBe('blocked')
  await other.close()
  const alone = sandboxes(dataDir, { network: 'none' })
  await alone.getOrCreate('a')
  expect(await networks(dataDir)).toEqual([])
  await alone.close()
  const last = sandboxes(dataDir)
  await Promise.all(['a', 'b', 'c'].map((id) => last.exec(id, 'true')))
  expect(await networks(dataDir)).toHaveLength(3)
  for (const id of ['a', 'b', 'c']) await last.remove(id)
  expect(await networks(dataDir)).toEqual([])
}, 120_000)

test('somebody else’s network with its name is replaced, and one that was removed is made again', async () => {
  const dataDir = newDirectory()
  const box = sandboxes(dataDir)
  const { containerId } = await box.getOrCreate('a')
  const { name } = await networkOf(containerId)
  await box.stop('a')
  // Podman itself removes none that a container refers to.
  podman.forgetNetwork(name)
  expect((await box.exec('a', 'echo again')).stdout).toBe('again\n')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
  expect(await networks(dataDir)).toEqual([name])
  await box.remove('a')
  await podman.docker.createNetwork({ Name: name, Driver: 'bridge' })
  await box.exec('a', 'true')
  expect(await networks(dataDir)).toEqual([name])
})

test('what a killed process left of networks is removed by a pass of the janitor', async () => {
  const dataDir = newDirectory()
  const box = sandboxes(dataDir)
  const { containerId } = await box.getOrCreate('left')
  await box.exec('used', 'true')
  const { name } = await networkOf(containerId)
  await box.close()
  await podman.docker.getContainer(containerId).remove({ force: true })
  expect(await networks(dataDir)).toHaveLength(2)
  const manager = new SandboxManager({ dataDir, engine: podman.address })
  cleanUp(() => manager.close())
  expect((await manager.cleanup()).networks).toEqual([name])
  expect(await networks(dataDir)).toHaveLength(1)
})

test('a sandbox that can’t be created leaves no network', async () => {
  const dataDir = newDirectory()
  const box = sandboxes(dataDir, { image: 'no-such-image:latest' })
  await expect(box.exec('a', 'true')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' })
  expect(await networks(dataDir)).toEqual([])
})

test('a process elsewhere says that nothing is blocked, and doctor that it can’t see the engine’s networks', async () => {
  const dataDir = newDirectory()
  const box = sandboxes(dataDir)
  await box.getOrCreate('a')
  expect((await box.info('a')).isolation).toEqual({ host: 'open', metadata: 'open' })
  const elsewhere = await doctorInOtherProcess({ engine: podman.address })
  expect(elsewhere.problems).toContainEqual({ fatal: false, message: expect.stringContaining('not in this process\'s network namespace'), hint: expect.any(String) })
  const about = (problems: typeof elsewhere.problems) => problems.filter(({ message }) => /metadata|bridge|each other/.test(String(message)))
  expect(about((await doctorInOtherProcess({ engine: podman.address }, podman.space)).problems)).toEqual([])
  await box.remove('a', { workspace: true })
  // No network has an interface now.
  expect(about((await doctorInOtherProcess({ engine: podman.address }, podman.space)).problems)).toEqual([])
})

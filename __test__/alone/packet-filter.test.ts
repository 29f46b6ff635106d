import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { doctor } from '../../index.js'
import { removeLeftovers } from '../support/data-dir.ts'
import { docker } from '../support/docker.ts'
import { addAddress, deleteTable, MAY_FILTER, run, tables } from '../support/packet-filter.ts'
import { runContainer } from '../support/run-container.ts'
import { cleanUp, namespace, newDataDir, newSandboxes, open } from '../support/sandboxes.ts'
import { newManager } from '../support/sessions.ts'
import { doctorInOtherProcess, inOtherProcess } from '../support/steps.ts'

// Addresses are added to this machine's loopback interface. All traffic stays on this machine.

const box = newSandboxes({ cpus: 2 })
const allowed = newSandboxes({ cpus: 2, host: 'allow' })

/** Addresses at which clouds serve credentials. */
const METADATA = ['169.254.169.254', '169.254.170.2', '100.100.100.200', '192.0.0.192', '168.63.129.16']

/** Prints the outcome of an HTTP request to each address. */
const GET = `
import concurrent.futures, sys, urllib.request
def get(address):
  try: return urllib.request.urlopen('http://' + address, timeout=2).read().decode()
  except OSError: return 'nothing'
with concurrent.futures.ThreadPoolExecutor(32) as threads:
  for outcome in threads.map(get, sys.argv[1:]): print(outcome)`

async function get(sandboxes: typeof box, ...addresses: string[]): Promise<string[]> {
  const { stdout, stderr } = await sandboxes.exec('a', ['python3', '-c', GET, ...addresses])
  expect(stderr).toBe('')
  return stdout.trim().split('\n')
}

/** Starts a service of the host on all addresses; its port. */
async function serve(): Promise<number> {
  const server = createServer((_, response) => response.end('host')).listen(0, '0.0.0.0')
  cleanUp(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

interface Network {
  id: string
  gateway: string
  /** The network's interface on this machine. */
  bridge: string
}

/** The network of a sandbox. */
async function networkOf(sandboxes: typeof box): Promise<Network> {
  const { containerId } = await sandboxes.getOrCreate('a')
  const [network] = Object.values((await docker.getContainer(containerId).inspect()).NetworkSettings.Networks)
  const inspection = await docker.getNetwork(network?.NetworkID ?? '').inspect()
  expect(inspection).toMatchObject({ EnableIPv6: false })
  const { Id, Options } = inspection
  return { id: Id, gateway: network?.Gateway ?? '', bridge: Options['com.docker.network.bridge.name'] ?? '' }
}

/** The addresses of this machine, or of one interface. Node.js leaves out those of interfaces that nothing is connected to. */
function addressesOfHost(...interfaces: string[]): string[] {
  const lines = run('ip', '-4', '-o', 'address', 'show', ...interfaces)
  const addresses = [...lines.matchAll(/ inet ([\d.]+)/g)].map(([, address = '']) => address)
  return addresses.filter((address) => !address.startsWith('127.'))
}

/** The address of this machine on the engine's default network. */
const onDefaultNetwork = () => addressesOfHost('docker0')[0]

test.runIf(MAY_FILTER)('a sandbox reaches no service of the host, at whatever address', async () => {
  const port = await serve()
  const { gateway } = await networkOf(box)
  const addresses = addressesOfHost()
  expect(addresses).toContain(gateway)
  const outcomes = await get(box, ...addresses.map((address) => `${address}:${port}`))
  expect(outcomes).toEqual(addresses.map(() => 'nothing'))
  expect((await box.info('a')).isolation).toEqual({ host: 'blocked', metadata: 'blocked' })
}, 60_000)

test.runIf(MAY_FILTER)("with host 'allow', services of the host are reachable, and metadata addresses are not", async () => {
  for (const address of METADATA) addAddress(address)
  const port = await serve()
  const { gateway } = await networkOf(allowed)
  expect(await get(allowed, `${gateway}:${port}`, `${onDefaultNetwork()}:${port}`)).toEqual(['host', 'host'])
  for (const sandboxes of [box, allowed]) expect(await get(sandboxes, ...METADATA.map((address) => `${address}:${port}`))).toEqual(METADATA.map(() => 'nothing'))
  expect((await allowed.info('a')).isolation).toEqual({ host: 'open', metadata: 'blocked' })
}, 60_000)

test.runIf(MAY_FILTER)('broadcasts do not reach a service of the host either', async () => {
  const { gateway } = await networkOf(box)
  const broadcast = run('ip', '-4', '-o', 'address', 'show').match(new RegExp(`${gateway.replaceAll('.', '\\.')}/\\d+ brd (\\S+)`))?.[1]
  expect(broadcast).toMatch(/^\d+\.\d+/)
  const socket = createSocket('udp4')
  cleanUp(() => void socket.close())
  const heard: string[] = []
  socket.on('message', (message) => heard.push(message.toString()))
  await new Promise<void>((resolve) => socket.bind(0, '0.0.0.0', resolve))
  const send = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
for address in ['255.255.255.255', '224.0.0.1', sys.argv[2]]: s.sendto(address.encode(), (address, int(sys.argv[1])))`
  const { exitCode, stderr } = await box.exec('a', ['python3', '-c', send, String(socket.address().port), String(broadcast)])
  expect([exitCode, stderr]).toEqual([0, ''])
  // What this machine sends itself arrives after everything that the sandbox sent before.
  socket.send('end', socket.address().port, '127.0.0.1')
  await expect.poll(() => heard).toContain('end')
  expect(heard).toEqual(['end'])
})

test.runIf(MAY_FILTER)('connections to the outside and its name servers work', async () => {
  const space = `cofferdam-${process.pid}`
  run('ip', 'netns', 'add', space)
  cleanUp(() => run('ip', 'netns', 'del', space))
  const [here, there] = [`cfo${process.pid}`, `cfi${process.pid}`]
  run('ip', 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', space)
  run('ip', 'address', 'add', '198.51.100.1/30', 'dev', here)
  run('ip', 'link', 'set', here, 'up')
  run('ip', '-n', space, 'address', 'add', '198.51.100.2/30', 'dev', there)
  run('ip', '-n', space, 'link', 'set', there, 'up')
  const outside = spawn('ip', ['netns', 'exec', space, process.execPath, fileURLToPath(new URL('../fixtures/outside.js', import.meta.url))])
  cleanUp(() => outside.kill())
  await new Promise((resolve) => outside.stdout.once('data', resolve))
  const sandboxes = newSandboxes({ dns: ['198.51.100.2'] })
  expect(await get(sandboxes, '198.51.100.2:8000')).toEqual(['outside'])
  const { stdout } = await sandboxes.exec('a', ['python3', '-c', "import socket; print(socket.gethostbyname('name.example'))"])
  expect(stdout).toBe('192.0.2.7\n')
})

// Only this file has sandboxes that may reach the host, so nothing else restores what these two tests delete.

test.runIf(MAY_FILTER)('rules that were deleted are back when a sandbox is next brought up', async () => {
  const dataDir = newDataDir()
  addAddress('169.254.169.254')
  const metadata = `169.254.169.254:${await serve()}`
  const before = open(dataDir, { host: 'allow' })
  await before.getOrCreate('a')
  const table = () => tables().find(({ name }) => name === 'cofferdam-allow')
  const rules = table()?.rules
  expect(rules).toBeGreaterThan(5)
  expect(await get(before, metadata)).toEqual(['nothing'])
  deleteTable('cofferdam-allow')
  expect(await get(before, metadata)).toEqual(['host'])
  const next = open(dataDir, { host: 'allow' })
  // Looking changes nothing.
  expect((await next.info('a')).isolation).toEqual({ metadata: 'open', host: 'open' })
  expect(await get(next, metadata)).toEqual(['nothing'])
  expect(table()?.rules).toBe(rules)
  expect((await next.info('a')).isolation).toEqual({ metadata: 'blocked', host: 'open' })
})

test.runIf(MAY_FILTER)('rules that were deleted are back after a pass of the janitor, for sandboxes that run', async () => {
  await allowed.getOrCreate('a')
  deleteTable('cofferdam-allow')
  await newManager().cleanup()
  expect(tables().map(({ name }) => name)).toContain('cofferdam-allow')
})

test.runIf(MAY_FILTER)('rules that are there stay as they are, and several processes at once make one set', async () => {
  await allowed.getOrCreate('a')
  const table = () => tables().filter(({ name }) => name === 'cofferdam-allow')
  const [before] = table()
  await newSandboxes({ host: 'allow' }).exec('a', 'true')
  expect(table()).toEqual([before])
  deleteTable('cofferdam-allow')
  const results = await Promise.all([1, 2, 3].map(() => inOtherProcess({ dataDir: newDataDir(), host: 'allow' }, [['exec', 'a', 'echo ran']])))
  for (const [result] of results) expect(result).toMatchObject({ value: { stdout: 'ran\n' } })
  expect(table().map(({ rules }) => rules)).toEqual([before?.rules])
}, 60_000)

test.runIf(MAY_FILTER)('other containers reach the services of the host as before', async () => {
  const port = await serve()
  await box.getOrCreate('a')
  const address = `${onDefaultNetwork()}:${port}`
  const output = await runContainer({ Entrypoint: ['python3', '-c', GET, address], HostConfig: { NetworkMode: 'bridge' } })
  expect(output.toString()).toBe('host\n')
})

const TRACKED = '/proc/sys/net/netfilter/nf_conntrack_count'

/** Sends 20,000 datagrams to as many ports. */
const FLOOD = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for port in range(20000, 40000): s.sendto(b'', (sys.argv[1], port))`

// Needs a kernel that tracks connections.
test.runIf(MAY_FILTER && existsSync(TRACKED)).each([
  ['deny', box, 2000],
  ['allow', allowed, 4000],
] as const)("with host '%s', 20,000 datagrams to the gateway leave few entries in the table of connections", async (_, sandboxes, most) => {
  const { gateway } = await networkOf(sandboxes)
  const count = () => Number(readFileSync(TRACKED, 'utf8'))
  const before = count()
  const { exitCode } = await sandboxes.exec('a', ['python3', '-c', FLOOD, gateway])
  expect(exitCode).toBe(0)
  expect(count() - before).toBeLessThan(most)
})

test.runIf(MAY_FILTER)('the host can connect to a sandbox', async () => {
  const { containerId } = await box.getOrCreate('a')
  const [network] = Object.values((await docker.getContainer(containerId).inspect()).NetworkSettings.Networks)
  await box.exec('a', 'echo inside > index.html; python3 -m http.server 8000 >/dev/null 2>&1 & until curl -s -o /dev/null http://127.0.0.1:8000/; do sleep 0.1; done')
  const answer = await fetch(`http://${network?.IPAddress}:8000/`)
  expect(await answer.text()).toBe('inside\n')
})

test.runIf(MAY_FILTER)('a process that may not change the packet filter runs sandboxes, and says that nothing is blocked', async () => {
  // Other users can't enter the parent of the usual data directories.
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cofferdam-unprivileged-'))
  cleanUp(async () => {
    await removeLeftovers(namespace(dataDir))
    rmSync(dataDir, { recursive: true, force: true })
  })
  const user = { uid: 1234, gid: statSync('/var/run/docker.sock').gid }
  chownSync(dataDir, user.uid, user.gid)
  const [result, info] = await inOtherProcess({ dataDir }, [['exec', 'a', 'echo ran'], ['info', 'a']], { ...user, env: { HOME: '/nonexistent' } })
  expect(result).toMatchObject({ value: { stdout: 'ran\n' } })
  expect(info?.value.isolation).toEqual({ metadata: 'open', host: 'open' })
  const { problems } = await doctorInOtherProcess({}, { ...user, env: { HOME: '/nonexistent' } })
  expect(problems).toContainEqual({ fatal: false, message: expect.stringContaining('may not change the packet filter'), hint: expect.any(String) })
})

test('without a network, both are blocked', async () => {
  const alone = newSandboxes({ network: 'none' })
  await alone.getOrCreate('a')
  expect((await alone.info('a')).isolation).toEqual({ host: 'blocked', metadata: 'blocked' })
})

test.runIf(MAY_FILTER)('doctor finds nothing wrong with the packet filter of this machine', async () => {
  const { problems } = await doctor()
  expect(problems.filter(({ message }) => /metadata|bridge/.test(String(message)))).toEqual([])
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { beforeAll, expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { scriptedEngine } from '../support/fake-engine.ts'
import { cleanUp, newSandboxes } from '../support/sandboxes.ts'

const connected = newSandboxes({ cpus: 2 })
const alone = newSandboxes({ cpus: 2, network: 'none' })

/** A program that prints the outcome of a connection attempt to each address. */
const CONNECT = `
import errno, socket, sys
for address in sys.argv[1:]:
  host, port = address.rsplit(':', 1)
  try:
    socket.create_connection((host, int(port)), timeout=1.5).close()
    print('connected')
  except OSError as error:
    print('timed out' if isinstance(error, TimeoutError) else errno.errorcode.get(error.errno, error))`

async function connect(sandboxes: typeof connected, id: string, ...addresses: string[]): Promise<string[]> {
  const { stdout, stderr } = await sandboxes.exec(id, ['python3', '-c', CONNECT, ...addresses])
  expect(stderr).toBe('')
  return stdout.trim().split('\n')
}

/** Starts a service on the host at this address. */
async function serve(host: string): Promise<number> {
  const server = createServer((_, response) => response.end('host')).listen(0, host)
  cleanUp(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

let neighbour: { address: string; gateway: string }

beforeAll(async () => {
  const { containerId } = await connected.getOrCreate('neighbour')
  await connected.exec('neighbour', 'python3 -m http.server 8000 & until curl -s -o /dev/null http://127.0.0.1:8000; do sleep 0.1; done')
  const { Networks } = (await docker.getContainer(containerId).inspect()).NetworkSettings
  const [network] = Object.values(Networks)
  neighbour = { address: network?.IPAddress ?? '', gateway: network?.Gateway ?? '' }
})

test('the default network reaches the outside', async () => {
  const { stdout } = await connected.exec('a', 'ls /sys/class/net; awk \'$2 == "00000000" { print $1 }\' /proc/net/route; grep -c nameserver /etc/resolv.conf')
  expect(stdout).toBe('eth0\nlo\neth0\n1\n')
})

test('on the default network, a sandbox cannot reach another’s server', async () => {
  expect(neighbour.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
  expect(await connect(connected, 'neighbour', `${neighbour.address}:8000`)).toEqual(['connected'])
  const [outcome] = await connect(connected, 'a', `${neighbour.address}:8000`)
  expect(outcome).not.toBe('connected')
  const { exitCode } = await connected.exec('a', `curl -s -m 1.5 http://${neighbour.address}:8000/`)
  expect(exitCode).not.toBe(0)
})

test('other sandboxes cannot be found by name', async () => {
  const { containerId } = await connected.getOrCreate('neighbour')
  const { exitCode } = await connected.exec('a', `curl -s -m 1.5 http://${containerId.slice(0, 12)}:8000/`, { timeout: 20_000 })
  expect(exitCode).not.toBe(0)
})

test("a server on 127.0.0.1 is only reachable in its own sandbox", async () => {
  expect(await connect(connected, 'neighbour', '127.0.0.1:8000')).toEqual(['connected'])
  expect(await connect(connected, 'a', '127.0.0.1:8000')).toEqual(['ECONNREFUSED'])
})

test('a service on the host’s 127.0.0.1 is unreachable', async () => {
  const port = await serve('127.0.0.1')
  const outcomes = await connect(connected, 'a', `127.0.0.1:${port}`, `${neighbour.gateway}:${port}`)
  expect(outcomes[0]).toBe('ECONNREFUSED')
  expect(outcomes[1]).not.toBe('connected')
})

// The words of Docker 20.10 and of Docker 28.
test.each([
  'cannot restrict inter-container communication: please ensure that br_netfilter kernel module is loaded',
  'cannot restrict inter-container communication or run without the userland proxy: stat /proc/sys/net/bridge/bridge-nf-call-iptables: no such file or directory: set environment variable DOCKER_IGNORE_BR_NETFILTER_ERROR=1 to ignore',
])('an engine that can’t keep containers of a network apart is ENGINE_UNSUPPORTED, with a hint: %s', async (message) => {
  const { address } = await scriptedEngine([
    [/^GET \S*\/networks\?/, '200 OK', []],
    [/^POST \S*\/networks\/create/, '500 Internal Server Error', { message }],
  ])
  const error = await rejection(newSandboxes({ engine: address }).exec('a', 'true'), 'ENGINE_UNSUPPORTED')
  expect(error).toMatchObject({ message: expect.stringContaining('br_netfilter'), hint: expect.stringContaining('modprobe br_netfilter'), details: { message: expect.stringContaining(message) } })
})

test("network 'none' leaves only the loopback interface", async () => {
  const { stdout } = await alone.exec('a', "ls /sys/class/net; tail -n +2 /proc/net/route | wc -l; ip -6 route 2>/dev/null | grep -cv ' lo '; cat /proc/net/if_inet6 2>/dev/null | grep -vc ' lo$'")
  expect(stdout.split('\n').slice(0, 2)).toEqual(['lo', '0'])
  expect(stdout.split('\n').slice(2).filter((line) => line !== '' && line !== '0')).toEqual([])
})

test("with network 'none', gateway, host, other sandboxes and the outside are unreachable", async () => {
  const port = await serve('0.0.0.0')
  const host = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => `${address}:${port}`)
  expect(host.length).toBeGreaterThan(0)
  const outcomes = await connect(alone, 'a', `${neighbour.gateway}:${port}`, `${neighbour.address}:8000`, '169.254.169.254:80', '1.1.1.1:53', ...host)
  expect([...new Set(outcomes)]).toEqual(['ENETUNREACH'])
  expect(await connect(alone, 'a', `127.0.0.1:${port}`)).toEqual(['ECONNREFUSED'])
})

test("with network 'none', a server inside the sandbox still works", async () => {
  const { stdout } = await alone.exec('a', 'echo inside > index.html; python3 -m http.server 8000 >/dev/null 2>&1 & until curl -s http://127.0.0.1:8000/; do sleep 0.1; done; kill $!')
  expect(stdout).toBe('inside\n')
})

test.each(['none', 'enabled'] as const)('a sandbox with network %j resolves its own host name', async (network) => {
  const { stdout } = await newSandboxes({ network }).exec('a', 'getent hosts "$(hostname)" > /dev/null && python3 -c "import socket; socket.gethostbyname(socket.gethostname()); print(1)"')
  expect(stdout).toBe('1\n')
})

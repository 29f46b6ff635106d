import { expect, test } from 'vitest'
import type { ContainerConfig } from '../../index.js'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { create, newManager, run } from '../support/manager.ts'

const manager = newManager()

// An engine that can't parse an address opens the port on all of them.
test.each(['localhost', '127.0.0', '', 'lo', '0', '127.0.0.1 ', ' 127.0.0.1', '127.1', '0x7f.1', '127.0.0.1:80', 'fe80::1%lo', '[::1]', 'example.org', '127.0.0.1/8', '1.2.3.4.5', '::g'])(
  'a port at the address %j is refused',
  async (host) => {
    const error = await rejection(create(manager, { ports: { 80: { host, port: 0 } } }), 'INVALID_ARGUMENT')
    expect(error.details?.argument).toBe('ports')
    expect(error.message).toContain(JSON.stringify(host))
    expect(error.message).toContain('ports.80')
  },
)

const WRONG: [unknown, string][] = [
  [-1, '-1'], [65_536, '65536'], [1.5, '1.5'], ['http', '"http"'], ['', '""'], ['80/tcp', '"80/tcp"'], ['localhost:80', '"localhost:80"'], ['+80', '"+80"'],
  [true, 'true'], [null, 'null'], [{ port: 70_000 }, '70000'], [{ host: '127.0.0.1', port: 'x' }, '"x"'], [[{ host: 'lo' }], '"lo"'], [[], 'an empty array'],
]

test.each(WRONG)('%j is refused as a port, with the reason', async (port, shown) => {
  const error = await rejection(create(manager, { ports: { '53/udp': port } } as Partial<ContainerConfig>), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe('ports')
  expect(error.message).toContain('ports.53/udp')
  expect(error.message).toContain(shown)
  expect(error.message).not.toMatch(/untagged|line \d/)
})

test('a port of this machine is what was asked for, however it is written', async () => {
  const id = await create(manager, {
    ports: {
      1: 8080, 2: '8080', 3: '0.0.0.0:8081', 4: '[::1]:8082', 5: { host: '127.0.0.2', port: 8083 }, 6: { host: '::', port: '8084' }, 7: { port: 8085 }, 8: ['8086', { host: '::1', port: 8086 }], 9: 0,
      '10/udp': { host: '::ffff:127.0.0.1', port: 8087 },
    },
  })
  const { HostConfig } = await docker.getContainer(id).inspect()
  const bindings = Object.fromEntries(Object.entries(HostConfig.PortBindings as Record<string, { HostIp: string; HostPort: string }[]>).map(([name, all]) => [name, all.map(({ HostIp, HostPort }) => `${HostIp} ${HostPort}`)]))
  expect(bindings).toEqual({
    '1/tcp': ['127.0.0.1 8080'], '2/tcp': ['127.0.0.1 8080'], '3/tcp': ['0.0.0.0 8081'], '4/tcp': ['::1 8082'], '5/tcp': ['127.0.0.2 8083'], '6/tcp': [':: 8084'],
    '7/tcp': ['127.0.0.1 8085'], '8/tcp': ['127.0.0.1 8086', '::1 8086'], '9/tcp': ['127.0.0.1 '], '10/udp': ['127.0.0.1 8087'],
  })
})

test('a port at an address listens there and nowhere else', async () => {
  const id = await run(manager, { ports: { 80: { host: '127.0.0.1', port: 0 }, 81: 0 } })
  const { NetworkSettings } = await manager.inspectContainer(id)
  const ports = Object.values(NetworkSettings.Ports as Record<string, { HostIp: string }[]>)
  expect(ports.flat().map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1', '127.0.0.1'])
})

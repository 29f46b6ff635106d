import { createServer, type AddressInfo } from 'node:net'
import { beforeAll, expect, test as base } from 'vitest'
import { DockerManager, DockerSandbox } from '../../index.js'
import { newAuthority } from '../support/certificates.ts'
import { rejection } from '../support/errors.ts'
import { SecondEngine } from '../support/second-engine.ts'
import { cleanUp, newDataDir } from '../support/sandboxes.ts'
import { inOtherProcess } from '../support/steps.ts'

/** An unused port. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

const authority = newAuthority('second engine')
const port = await freePort()
const engine = new SecondEngine({ tls: { port, authority } })
const HOST = `tcp://127.0.0.1:${port}`
const TLS = { ca: authority.ca, ...authority.client }

const test = base.skipIf(!SecondEngine.possible)
if (SecondEngine.possible) beforeAll(() => engine.prepare(), 180_000)

test('a daemon on TCP with TLS certificates works like any other', async () => {
  const box = new DockerSandbox({ dataDir: newDataDir(), engine: { host: HOST, tls: TLS } })
  cleanUp(async () => {
    await box.remove('a', { workspace: true }).catch(() => {})
    await box.close()
  })
  await box.writeFile('a', 'main.py', 'import sys; print(len(sys.stdin.read()))')
  expect(await box.exec('a', 'python3 main.py', { stdin: 'x'.repeat(300_000) })).toMatchObject({ stdout: '300000\n', exitCode: 0 })
  expect((await box.exec('a', 'sleep 60', { timeout: 500 })).timedOut).toBe(true)
  // The sandbox is on the second engine, which listens for TLS only.
  expect((await engine.docker.listContainers()).map(({ Labels }) => Labels['cofferdam.sandbox'])).toEqual(['a'])

  const manager = new DockerManager({ engine: { host: HOST, tls: TLS } })
  cleanUp(() => manager.close())
  const seen: string[] = []
  const id = await manager.createContainer({ image: 'ai-sandbox:latest', command: 'echo out; echo err >&2', network: 'none' })
  await manager.startContainer(id)
  expect(await manager.wait(id)).toBe(0)
  for await (const { stream, data } of manager.getContainerLogs(id)) seen.push(`${stream}: ${data}`)
  expect(seen.sort()).toEqual(['stderr: err\n', 'stdout: out\n'])
  await manager.removeContainer(id)
})

test('DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH select the engine', async () => {
  const env = { DOCKER_HOST: HOST, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: authority.directory }
  const [ran, , removed] = await inOtherProcess({ dataDir: newDataDir() }, [['exec', 'b', 'echo over TLS'], ['info', 'b'], ['remove', 'b', { workspace: true }]], { env })
  expect(ran?.value).toMatchObject({ stdout: 'over TLS\n', exitCode: 0 })
  expect(removed?.error).toBeUndefined()
})

test.each([
  ['no certificate', { ca: authority.ca }],
  ['a certificate of another authority', { ca: authority.ca, ...newAuthority('other').client }],
  ['an expired certificate', { ca: authority.ca, ...authority.sign('late', 'extendedKeyUsage=clientAuth', -1) }],
  ['a server’s certificate', { ca: authority.ca, ...authority.server }],
])('with %s the connection fails, and the error mentions certificates', async (_, tls) => {
  const box = new DockerSandbox({ dataDir: newDataDir(), engine: { host: HOST, tls } })
  cleanUp(() => box.close())
  const error = await rejection(box.list(), 'ENGINE_UNREACHABLE')
  expect(`${error.message} ${error.hint}`).toMatch(/certificate/)
})

test('without TLS the connection fails, and the error mentions TLS', async () => {
  const box = new DockerSandbox({ dataDir: newDataDir(), engine: HOST })
  cleanUp(() => box.close())
  const error = await rejection(box.list(), 'ENGINE_UNREACHABLE')
  expect(`${error.message} ${error.hint}`).toMatch(/TLS/)
})

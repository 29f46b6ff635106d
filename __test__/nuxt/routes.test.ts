import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import path from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { namespaceOf } from '../support/data-dir.ts'
import { containersOf, count } from '../support/docker.ts'
import { PLATFORM } from '../support/installed.ts'
import { builtExample, PATIENCE, serve, type Server } from '../support/nuxt.ts'
import { newDataDir } from '../support/sandboxes.ts'

const MIB = 1024 * 1024

const dataDir = newDataDir()
let output: string
let server: Server

beforeAll(async () => {
  output = await builtExample()
  server = await start({ NUXT_DOCKER_DATA_DIR: dataDir, NITRO_SHUTDOWN_TIMEOUT: '1000' })
}, 2 * PATIENCE)

const start = (env: Record<string, string>) => serve(path.dirname(output), [path.join(output, 'server/index.mjs')], env)

const of = (id: string, route: string) => `${server.url}/api/conversations/${id}${route}`

function exec(id: string, command: string, options: RequestInit = {}): Promise<Response> {
  return fetch(of(id, '/exec'), { method: 'POST', body: command, ...options })
}

async function lines(response: Response): Promise<Record<string, any>[]> {
  return (await response.text()).trim().split('\n').map((line) => JSON.parse(line))
}

const write = (id: string, file: string, content: BodyInit, options: RequestInit = {}) =>
  fetch(of(id, `/file?path=${encodeURIComponent(file)}`), { method: 'PUT', body: content, ...options })

const read = (id: string, file: string) => fetch(of(id, `/file?path=${encodeURIComponent(file)}`))

/** The status and the code of a failed request. */
async function failure(response: Response): Promise<[number, string | undefined]> {
  const { data } = (await response.json()) as { data?: { code: string } }
  return [response.status, data?.code]
}

async function containerOf(id: string): Promise<string> {
  const containers = await containersOf(namespaceOf(dataDir) ?? '')
  return containers.find(({ Labels }) => Labels['cofferdam.sandbox'] === id)?.Id ?? ''
}

test('the build contains the package and this platform’s addon without any configuration', () => {
  const modules = readdirSync(path.join(output, 'server/node_modules')).filter((name) => name.startsWith('cofferdam'))
  expect(modules).toEqual(['cofferdam', `cofferdam-${PLATFORM}`])
  expect(existsSync(path.join(output, `server/node_modules/cofferdam-${PLATFORM}/cofferdam.${PLATFORM}.node`))).toBe(true)
})

test('no code of the package is sent to browsers', () => {
  const files = readdirSync(path.join(output, 'public'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  expect(files.length).toBeGreaterThan(3)
  for (const { parentPath, name } of files) expect(readFileSync(path.join(parentPath, name), 'latin1'), name).not.toMatch(/cofferdam|DockerSandbox|createRequire/)
})

test('output arrives as it is printed, followed by the result', async () => {
  const response = await exec('stream', 'echo first; sleep 1; echo second >&2; exit 3')
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson'])
  const reader = response.body!.getReader()
  const begun = Date.now()
  expect(Buffer.from((await reader.read()).value!).toString()).toBe('{"stdout":"first\\n"}\n')
  let rest = ''
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) rest += Buffer.from(chunk.value)
  expect(Date.now() - begun).toBeGreaterThan(500)
  const [second, last] = rest.trim().split('\n').map((line) => JSON.parse(line))
  expect(second).toEqual({ stderr: 'second\n' })
  expect(last).toEqual({ result: { exitCode: 3, signal: null, timedOut: false, oomKilled: false, executionTime: expect.any(Number) } })
})

test('a client that disconnects ends the command and everything it started', async () => {
  const abort = new AbortController()
  const response = await exec('leave', 'echo begun; (setsid sleep 4321 &); sleep 4321', { signal: abort.signal })
  await response.body!.getReader().read()
  const containerId = await containerOf('leave')
  expect(await count(containerId, 'sleep 4321')).toBeGreaterThan(0)
  abort.abort()
  await expect.poll(() => count(containerId, 'sleep 4321'), { timeout: 5000 }).toBe(0)
  expect(await lines(await exec('leave', 'echo again'))).toMatchObject([{ stdout: 'again\n' }, { result: { exitCode: 0 } }])
})

test('a client that disconnects before the first output ends the command', async () => {
  await exec('early', 'true').then(lines)
  const containerId = await containerOf('early')
  const abort = new AbortController()
  const response = exec('early', 'sleep 4322', { signal: abort.signal })
  response.catch(() => {})
  await expect.poll(() => count(containerId, 'sleep 4322'), { timeout: 5000 }).toBeGreaterThan(0)
  abort.abort()
  await expect.poll(() => count(containerId, 'sleep 4322'), { timeout: 5000 }).toBe(0)
})

test('a client that reads slowly slows the command down and gets every byte', async () => {
  const asked = request(of('slow', '/exec'), { method: 'POST' }).end('yes 0123456789012345 | head -c 64M; touch finished')
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.pause()
  await sleep(1500)
  expect((await read('slow', 'finished')).status).toBe(404)
  const memory = () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024
  const before = memory()
  let [rest, bytes] = ['', 0]
  for await (const chunk of response.setEncoding('utf8')) {
    const complete = (rest + chunk).split('\n')
    rest = complete.pop() ?? ''
    for (const line of complete) bytes += (JSON.parse(line) as { stdout?: string }).stdout?.length ?? 0
  }
  expect(bytes).toBe(64 * MIB)
  expect((await read('slow', 'finished')).status).toBe(200)
  expect(memory() - before).toBeLessThan(256)
})

test('a written file can be read, also by a command', async () => {
  const text = "print('é 😀')\n"
  expect((await write('files', 'src/main.py', text)).status).toBe(204)
  const response = await read('files', 'src/main.py')
  expect(await response.text()).toBe(text)
  expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(await lines(await exec('files', 'python3 src/main.py'))).toMatchObject([{ stdout: 'é 😀\n' }, { result: { exitCode: 0 } }])
})

test('errors have a status and a code', async () => {
  expect(await failure(await read('files', 'missing'))).toEqual([404, 'FILE_ERROR'])
  expect(await failure(await read('files', '.'))).toEqual([422, 'FILE_ERROR'])
  expect(await failure(await write('files', '/etc/passwd', ''))).toEqual([422, 'FILE_ERROR'])
  expect(await failure(await read('files', ''))).toEqual([400, 'INVALID_ARGUMENT'])
  expect(await failure(await exec('files', ''))).toEqual([400, 'INVALID_ARGUMENT'])
  for (const id of ['%2e%2e%2fx', 'a%20b', '.hidden', 'x'.repeat(129)]) expect(await failure(await exec(id, 'true')), id).toEqual([400, 'INVALID_ARGUMENT'])
})

test('too large a body is refused, with or without Content-Length', async () => {
  expect((await exec('files', 'x'.repeat(MIB + 1))).status).toBe(413)
  const asked = request(of('files', '/file?path=large'), { method: 'PUT' }).on('error', () => {})
  Readable.from(Array.from({ length: 80 }, () => Buffer.alloc(MIB))).pipe(asked)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  expect(response.statusCode).toBe(413)
  asked.destroy()
  expect((await read('files', 'large')).status).toBe(404)
})

test('the container can be stopped, and the next command starts it', async () => {
  const running = async () => ((await (await fetch(of('stop', ''))).json()) as { running: boolean }).running
  expect(await running()).toBe(false)
  await lines(await exec('stop', 'echo kept > /tmp/file'))
  expect(await running()).toBe(true)
  expect((await fetch(of('stop', '/stop'), { method: 'POST' })).status).toBe(204)
  expect(await running()).toBe(false)
  expect(await lines(await exec('stop', 'cat /tmp/file'))).toMatchObject([{ stdout: 'kept\n' }, { result: { exitCode: 0 } }])
})

test('pages of other sites cannot run commands through a user’s browser', async () => {
  const asked = (site: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const posted = request(of('foreign', '/exec'), { method: 'POST', headers: { 'Sec-Fetch-Site': site } }, (response) => resolve(response.resume().statusCode))
      posted.on('error', reject).end('true')
    })
  expect(await Promise.all(['cross-site', 'same-site', 'same-origin', 'none'].map(asked))).toEqual([403, 403, 200, 200])
})

test('without an engine the page is served, and commands fail with ENGINE_UNREACHABLE', async () => {
  const lonely = await start({ NUXT_DOCKER_DATA_DIR: newDataDir(), DOCKER_HOST: 'unix:///nonexistent.sock' })
  const response = await fetch(`${lonely.url}/api/conversations/a/exec`, { method: 'POST', body: 'true' })
  expect(await failure(response)).toEqual([503, 'ENGINE_UNREACHABLE'])
  expect((await fetch(lonely.url)).status).toBe(200)
  expect(await lonely.stop()).toBe(0)
})

test('SIGTERM ends the server in time; its containers keep running, and the next server finds them', async () => {
  await lines(await exec('survivor', 'echo kept > file'))
  const containerId = await containerOf('survivor')
  // Nitro first waits for pending requests.
  void exec('survivor', 'sleep 4323').catch(() => {})
  await expect.poll(() => count(containerId, 'sleep 4323'), { timeout: 5000 }).toBeGreaterThan(0)
  const begun = Date.now()
  expect(await server.stop()).toBe(0)
  expect(Date.now() - begun).toBeLessThan(10_000)
  await expect.poll(() => count(containerId, 'sleep 4323'), { timeout: 5000 }).toBe(0)
  server = await start({ NUXT_DOCKER_DATA_DIR: dataDir })
  expect(await (await read('survivor', 'file')).text()).toBe('kept\n')
  expect(await containerOf('survivor')).toBe(containerId)
})

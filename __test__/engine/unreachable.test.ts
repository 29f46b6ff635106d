import { spawnSync } from 'node:child_process'
import { chownSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DockerSandbox } from '../../index.js'
import { rejection } from '../support/errors.ts'
import { ENGINE, fakeEngine, temporaryDirectory } from '../support/fake-engine.ts'
import { cleanUp, newDataDir, newSandboxes } from '../support/sandboxes.ts'
import { inOtherProcess } from '../support/steps.ts'

const CALLS: [string, (box: DockerSandbox) => Promise<unknown>][] = [
  ['getOrCreate', (box) => box.getOrCreate('a')],
  ['exec', (box) => box.exec('a', 'true')],
  ['readFile', (box) => box.readFile('a', 'file')],
  ['writeFile', (box) => box.writeFile('a', 'file', 'x')],
  ['stop', (box) => box.stop('a')],
  ['remove', (box) => box.remove('a', { workspace: true })],
  ['isRunning', (box) => box.isRunning('a')],
  ['info', (box) => box.info('a')],
  ['list', (box) => box.list()],
]

test.each(CALLS)('without an engine %s says so, where it was looked for and what to do', async (_, call) => {
  const begun = Date.now()
  const error = await rejection(call(newSandboxes({ engine: 'unix:///nonexistent.sock' })), 'ENGINE_UNREACHABLE')
  expect(Date.now() - begun).toBeLessThan(1000)
  expect(error.message).toContain('/nonexistent.sock')
  expect(error.hint).toMatch(/install|start/)
  expect(error.details).toMatchObject({
    address: 'unix:///nonexistent.sock',
    reason: 'missing',
    tried: [{ address: 'unix:///nonexistent.sock', source: 'option', code: 'ENGINE_UNREACHABLE' }],
  })
})

test('an engine that comes up later is found by the next call', async () => {
  const socket = path.join(temporaryDirectory(), 'later.sock')
  const box = newSandboxes({ engine: `unix://${socket}` })
  await rejection(box.list(), 'ENGINE_UNREACHABLE')
  const server = createServer((client) => {
    const upstream = connect(ENGINE)
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  }).listen(socket)
  cleanUp(() => void server.close())
  expect(await box.list()).toEqual([])
})

test.each([
  ['a directory', (file: string) => mkdirSync(file)],
  ['a file', (file: string) => writeFileSync(file, '')],
])('%s in the place of the socket is named', async (kind, make) => {
  const file = path.join(temporaryDirectory(), 'docker.sock')
  make(file)
  const error = await rejection(newSandboxes({ engine: `unix://${file}` }).list(), 'ENGINE_UNREACHABLE')
  expect(error.message).toContain(kind)
  expect(error.details).toMatchObject({ reason: 'not-a-socket' })
  expect(error.hint).toBeTruthy()
})

test('a socket that an engine left behind is named', async () => {
  const file = path.join(temporaryDirectory(), 'stale.sock')
  // Ended before it could remove it.
  spawnSync(process.execPath, ['-e', `require('node:net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`])
  const error = await rejection(newSandboxes({ engine: `unix://${file}` }).list(), 'ENGINE_UNREACHABLE')
  expect(error.details).toMatchObject({ reason: 'refused' })
  expect(error.message).toContain(file)
})

test('a port on which nothing listens is named', async () => {
  const error = await rejection(newSandboxes({ engine: 'tcp://127.0.0.1:9' }).list(), 'ENGINE_UNREACHABLE')
  expect(error.details).toMatchObject({ reason: 'refused', address: expect.stringContaining('127.0.0.1:9') })
})

test('a socket that the user may not use is an error of its own', async () => {
  const { address } = await fakeEngine(() => {})
  chmodSync(address.slice('unix://'.length), 0o600)
  chmodSync(path.dirname(address.slice('unix://'.length)), 0o755)
  const dataDir = newDataDir()
  // It makes the data directory its own.
  chownSync(dataDir, 65534, 65534)
  chmodSync(path.dirname(dataDir), 0o755)
  const [outcome] = await inOtherProcess({ dataDir, engine: address }, [['list']], { uid: 65534, gid: 65534, env: { HOME: '/nonexistent' } })
  expect(outcome?.error).toMatchObject({ code: 'ENGINE_PERMISSION_DENIED', details: { reason: 'denied' } })
  expect(outcome?.error?.message).toContain(address)
  expect(outcome?.error?.hint).toContain('group')
})

test('a user without the right to use the usual socket is told so, and not that there is no engine', async () => {
  const dataDir = newDataDir()
  chownSync(dataDir, 65534, 65534)
  chmodSync(path.dirname(dataDir), 0o755)
  const [outcome] = await inOtherProcess({ dataDir }, [['list']], { uid: 65534, gid: 65534, env: { HOME: '/nonexistent', DOCKER_HOST: '' } })
  expect(outcome?.error).toMatchObject({ code: 'ENGINE_PERMISSION_DENIED' })
  const tried = outcome?.error?.details?.['tried'] as { address: string; code: string }[]
  expect(tried.length).toBeGreaterThan(0)
  expect(tried[0]).toMatchObject({ address: `unix://${ENGINE}`, code: 'ENGINE_PERMISSION_DENIED' })
})

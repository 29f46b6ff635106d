import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { containersOf, docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { nameOf } from '../support/names.ts'
import { namespace, newDataDir, open } from '../support/sandboxes.ts'

const dataDir = newDataDir()
const box = open(dataDir, { memory: '256m', cpus: 0.75, pids: 50 })

test('isRunning and list have no side effects', async () => {
  expect(await box.isRunning('a')).toBe(false)
  expect(await box.list()).toEqual([])
  expect(await containersOf(namespace(dataDir))).toEqual([])
  await box.getOrCreate('a')
  expect(await box.isRunning('a')).toBe(true)
  await box.stop('a')
  expect(await box.isRunning('a')).toBe(false)
  expect((await containersOf(namespace(dataDir))).map(({ State }) => State)).toEqual(['exited'])
})

test('a paused sandbox counts as running', async () => {
  const { containerId } = await box.getOrCreate('a')
  await docker.getContainer(containerId).pause()
  expect(await box.isRunning('a')).toBe(true)
  expect(await box.info('a')).toMatchObject({ state: 'paused' })
  expect(await box.list()).toMatchObject([{ id: 'a', state: 'paused', running: true }])
  await docker.getContainer(containerId).unpause()
})

test('list returns every sandbox, running or not', async () => {
  const { containerId } = await box.getOrCreate('a')
  await box.getOrCreate('b')
  await box.stop('b')
  const listed = (await box.list()).sort((x, y) => x.id.localeCompare(y.id))
  expect(listed).toEqual([
    { id: 'a', containerId, state: 'running', running: true, image: 'ai-sandbox:latest', created: expect.stringMatching(/^\d{4}-.*Z$/) },
    { id: 'b', containerId: expect.any(String), state: 'exited', running: false, image: 'ai-sandbox:latest', created: expect.any(String) },
  ])
  expect(Math.abs(Date.now() - Date.parse(listed[0]?.created ?? ''))).toBeLessThan(120_000)
})

test('info describes the sandbox', async () => {
  const { containerId } = await box.getOrCreate('a')
  const info = await box.info('a')
  expect(info).toEqual({
    id: 'a',
    containerId,
    state: 'running',
    image: 'ai-sandbox:latest',
    imageId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    created: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    workspace: { kind: 'bind', location: path.join(dataDir, 'a') },
    memory: 256 * 1024 * 1024,
    cpus: 0.75,
    pids: 50,
    disk: { limit: null, used: null, enforcement: 'none' },
    user: '1000:1000',
    network: 'enabled',
    isolation: { metadata: 'blocked', host: 'blocked' },
    seccomp: 'cofferdam',
    agent: expect.stringMatching(/^[0-9a-f]{12}$/),
  })
})

test('info of a sandbox without a container is NOT_FOUND', async () => {
  const error = await rejection(box.info('never-made'), 'NOT_FOUND')
  expect(error.message).toContain('never-made')
})

test('the container has labels that identify its owner', async () => {
  const { containerId } = await box.getOrCreate('a')
  const { Config, Name } = await docker.getContainer(containerId).inspect()
  expect(Name).toBe(`/${nameOf(dataDir, 'a')}`)
  expect(Config.Labels).toMatchObject({
    'cofferdam.namespace': readFileSync(path.join(dataDir, '.cofferdam/namespace'), 'utf8'),
    'cofferdam.sandbox': 'a',
    'cofferdam.profile': 'conversation',
    'cofferdam.workspace': 'bind',
    'cofferdam.agent': expect.any(String),
    'cofferdam.spec': expect.any(String),
  })
})

test('a handle is read-only', async () => {
  const handle = await box.getOrCreate('a')
  expect(() => {
    ;(handle as { id: string }).id = 'b'
  }).toThrow(TypeError)
  expect(handle.id).toBe('a')
})

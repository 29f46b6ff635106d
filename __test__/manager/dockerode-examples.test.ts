import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { context, name } from '../support/build-contexts.ts'
import { rejection } from '../support/errors.ts'
import { fakeEngine } from '../support/fake-engine.ts'
import { collect, create, newManager, run } from '../support/manager.ts'
import { newDataDir } from '../support/sandboxes.ts'

// What dockerode's own examples do, written for this package. The names are those of the files there.

const manager = newManager()

test('listContainers: all containers, and those with a label', async () => {
  const id = await create(manager, { labels: { staging: '', env: 'green' } })
  expect((await manager.listContainers({ all: true })).map((container) => container.id)).toContain(id)
  expect((await manager.listContainers({ all: true, filters: { label: ['staging', 'env=green'] } })).map((container) => container.id)).toEqual([id])
})

test('run: a command with its output, from start to removal', async () => {
  const id = await create(manager, { command: ['sh', '-c', 'uname -s; exit 2'], tty: true })
  const output = await manager.attach(id, { stdin: false })
  await manager.startContainer(id)
  expect((await collect(output)).map(({ data }) => data).join('')).toBe('Linux\r\n')
  expect(await output.exitCode()).toBe(2)
  expect(await manager.removeContainer(id)).toBe(true)
})

test('run_stdin: a terminal that is resized, detached from by keys, and attached to again', async () => {
  const id = await create(manager, { command: ['sh', '-c', 'while read line; do echo "got $line"; done'], tty: true, openStdin: true })
  const terminal = await manager.attach(id)
  await manager.startContainer(id)
  await terminal.resize({ cols: 120, rows: 40 })
  await terminal.write('one\n')
  let text = ''
  for await (const { data } of terminal) {
    text += data
    if (text.includes('got one')) break
  }
  const again = await manager.attach(id)
  // Ctrl-P and Ctrl-Q: the engine ends the connection, and the container goes on.
  await again.write('\u0010\u0011')
  for await (const { data } of again) text += data
  expect((await manager.getContainerStatus(id)).running).toBe(true)
})

test('duplexstreams: many terminals at once, and their containers removed under them', async () => {
  const ids = await Promise.all(Array.from({ length: 6 }, () => create(manager, { command: ['sh'], tty: true, openStdin: true })))
  const terminals = await Promise.all(ids.map((id) => manager.attach(id)))
  await Promise.all(ids.map((id) => manager.startContainer(id)))
  const ends = terminals.map((terminal) => collect(terminal))
  await Promise.all(terminals.map((terminal) => terminal.end()))
  await Promise.all(ids.map((id) => manager.removeContainer(id, { force: true })))
  expect(await Promise.all(ends)).toHaveLength(6)
})

test('exec_running_container: a command in a container that runs', async () => {
  const id = await run(manager, { command: ['sleep', '300'], tty: true })
  expect(await manager.exec(id, 'echo $VAR', { env: { VAR: 'ttslkfjsdalkfj' } })).toMatchObject({ stdout: 'ttslkfjsdalkfj\n', exitCode: 0 })
})

test('logs: what a container has written, followed until it is stopped', async () => {
  const id = await run(manager, { command: 'trap "exit 0" TERM; while :; do echo tick; sleep 0.1; done' })
  let ticks = 0
  for await (const { data } of manager.getContainerLogs(id, { follow: true })) {
    ticks += data.split('\n').length - 1
    if (ticks >= 3) await manager.stopContainer(id)
  }
  expect(ticks).toBeGreaterThanOrEqual(3)
})

test('top: the processes of a container', async () => {
  const { titles, processes } = await manager.listProcesses(await run(manager), { psArguments: 'aux' })
  expect(titles).toContain('COMMAND')
  expect(processes.join()).toContain('sleep')
})

test('external_volume: a directory of the host in a container', async () => {
  const directory = newDataDir()
  writeFileSync(path.join(directory, 'from-the-host'), '')
  const id = await run(manager, { user: '0', command: ['ls', '/stuff'], mounts: [{ type: 'bind', source: directory, target: '/stuff', readOnly: true }] })
  await manager.wait(id)
  expect((await collect(manager.getContainerLogs(id))).map(({ data }) => data).join('')).toBe('from-the-host\n')
})

test('timeout: no call waits for ever', async () => {
  const engine = await fakeEngine(() => {})
  await rejection(newManager({ engine: engine.address, engineTimeout: 100 }).info(), 'TIMEOUT')
})

test('build: an image from a directory, and from some of its files', async () => {
  const tag = name()
  const directory = context({ Dockerfile: 'FROM ai-sandbox:latest\nCOPY . /app\nCMD ["ls", "/app"]\n', '.dockerignore': '*\n!Dockerfile\n!sub\n', left: '' })
  mkdirSync(path.join(directory, 'sub'))
  writeFileSync(path.join(directory, 'sub/file'), '')
  const steps: string[] = []
  await manager.buildImage(directory, { tags: [tag], onProgress: ({ message }) => steps.push(message ?? '') })
  expect(steps.join('')).toContain('Successfully built')
  const id = await manager.createContainer({ image: tag })
  await manager.startContainer(id)
  await manager.wait(id)
  expect((await collect(manager.getContainerLogs(id))).map(({ data }) => data).join('')).toBe('Dockerfile\nsub\n')
  await manager.removeContainer(id)
})

import { connect } from 'node:net'
import { beforeAll, expect, test } from 'vitest'
import { DockerExecutor, DockerManager, type TaskRuntime } from '../../index.js'
import { rejection } from '../support/errors.ts'
import { ENGINE, fakeEngine } from '../support/fake-engine.ts'
import { BUILD_PATIENCE, ensureImages } from '../support/images.ts'
import { cleanUp, newDataDir } from '../support/sandboxes.ts'

const RUNTIMES: TaskRuntime[] = ['shell', 'node', 'python', 'gcc']

beforeAll(() => ensureImages(...RUNTIMES.map((runtime) => `cofferdam-runtime-${runtime}`)), BUILD_PATIENCE)

function newExecutor(options: object = {}): DockerExecutor {
  const executor = new DockerExecutor({ tasksDir: newDataDir(), logLevel: 'silent', ...options })
  cleanUp(() => executor.close())
  return executor
}

const WORK: Record<TaskRuntime, { command: string; files: Record<string, string> }> = {
  shell: { command: "jq -r '.answer' data.json | tr 4 4", files: { 'data.json': '{"answer": 42}' } },
  node: { command: 'npm run --silent main', files: { 'package.json': '{"type": "module", "scripts": {"main": "node main.js"}}', 'main.js': 'console.log(await Promise.resolve(42))' } },
  python: { command: 'python main.py', files: { 'main.py': 'import statistics\nprint(statistics.mean([41, 43]))' } },
  gcc: { command: 'gcc -Wall -o main main.c && ./main', files: { 'main.c': '#include <stdio.h>\nint main(void) { printf("%d\\n", 42); }' } },
}

test.each(RUNTIMES)('%s runs in its own image', async (runtime) => {
  const { command, files } = WORK[runtime]
  const since = new Date()
  const result = await newExecutor().execute(command, null, { runtime, files })
  expect(result).toMatchObject({ stdout: '42\n', stderr: '', exitCode: 0 })
  expect(await imageOf(result.containerId ?? '', since)).toBe(`cofferdam-runtime-${runtime}:latest`)
})

/** The image of a container that may have been removed. */
async function imageOf(container: string, since: Date): Promise<string | undefined> {
  const manager = new DockerManager()
  cleanUp(() => manager.close())
  for await (const event of manager.events({ since, filters: { container, event: 'create' } })) return event.attributes?.['image']
}

test('an unreachable engine is reported for tasks with a runtime, too', async () => {
  await rejection(newExecutor({ engine: 'unix:///no/such.sock' }).execute('true', null, { runtime: 'shell' }), 'ENGINE_UNREACHABLE')
})

test('without a runtime’s image, its tasks run in the default image, and the log says so', async () => {
  // The real engine, except that one image is missing. The replaced name has the same length.
  const engine = await fakeEngine((socket, received) => {
    const upstream = (upstreams.get(socket) ?? upstreams.set(socket, connect(ENGINE)).get(socket))!
    upstream.removeAllListeners('data').on('data', (data) => socket.write(data)).on('error', () => socket.destroy())
    socket.once('close', () => upstream.destroy())
    const absent = received.replaceAll(/cofferdam(-|%2D)runtime(-|%2D)python/g, 'cofferdam$1runtime$2absent')
    upstream.write(absent, 'latin1')
  })
  const lines: string[] = []
  const executor = newExecutor({ engine: engine.address, logLevel: 'info', log: (line: string) => lines.push(line) })
  const { stdout } = await executor.execute('python3 main.py', null, { runtime: 'python', files: { 'main.py': 'print(6 * 7)' } })
  expect(stdout).toBe('42\n')
  expect(lines.join('\n')).toContain('cofferdam-runtime-python:latest')
})

const upstreams = new WeakMap<object, ReturnType<typeof connect>>()

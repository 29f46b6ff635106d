import { beforeAll, expect, test as base } from 'vitest'
import { DockerManager, DockerSandbox, NetworkManager, VolumeManager } from '../../index.js'
import { rejection } from '../support/errors.ts'
import { cleanUp, newDataDir } from '../support/sandboxes.ts'
import { SecondEngine } from '../support/second-engine.ts'

const test = base.skipIf(!SecondEngine.possible)
const second = new SecondEngine()
const engine = second.address
if (SecondEngine.possible) beforeAll(() => second.prepare(), 120_000)

const manager = new DockerManager({ engine })
const networks = new NetworkManager({ engine })
const volumes = new VolumeManager({ engine })

/** Codes with which a call may reject when its engine goes away. */
const GONE = ['ENGINE_UNREACHABLE', 'ENGINE_ERROR', 'SANDBOX_LOST']

const CONFIG = { image: 'ai-sandbox:latest', network: 'none', command: 'while :; do echo x; sleep 0.1; done' }

/** How a promise settles: with its error's code or its value. */
const ending = (promise: Promise<unknown>) => promise.then((value) => ({ value }), ({ code }) => ({ code }))

async function container(): Promise<string> {
  const id = await manager.createContainer(CONFIG)
  await manager.startContainer(id)
  return id
}

/** One call of each kind that waits for the engine. Resolves when all of them have begun. */
async function calls(id: string) {
  const begun = (text: string) => new Promise<void>((resolve) => void commands.push(manager.exec(id, `echo ${text}; sleep 600`, { onStdout: () => resolve() })))
  const commands: Promise<unknown>[] = []
  const follow = async () => {
    for await (const _ of manager.getContainerLogs(id, { follow: true }));
  }
  await begun('first')
  return { exec: commands[0] as Promise<unknown>, wait: manager.wait(id), logs: follow() }
}

test.each(['SIGTERM', 'SIGKILL'] as const)('calls that wait for an engine end when it gets %s, and the same objects work after its restart', async (signal) => {
  const task = signal.toLowerCase()
  const id = await container()
  const network = await networks.createTaskNetwork(task, { subnet: signal === 'SIGTERM' ? '10.199.1.0/28' : '10.199.2.0/28' })
  await volumes.mountTaskMemory(task)
  const waiting = await calls(id)
  const endings = Object.entries(waiting).map(async ([name, promise]) => [name, await ending(promise)] as const)

  await second.end(signal)
  const ended = Object.fromEntries(await Promise.all(endings)) as Record<string, { value?: any; code?: string }>
  // On SIGTERM the engine stops its containers first, so a call may report their regular end.
  for (const [name, { code, value }] of Object.entries(ended)) {
    if (code !== undefined) expect(GONE, name).toContain(code)
    else expect(signal, `${name} ended with ${JSON.stringify(value)}`).toBe('SIGTERM')
  }
  const { hint } = await rejection(manager.ping(), 'ENGINE_UNREACHABLE')
  expect(hint).toBeTruthy()

  await second.start()
  expect(await manager.ping()).toBeTruthy()
  const { state } = await manager.getContainerStatus(id)
  // A container may have outlived its engine.
  if (state !== 'running') await manager.startContainer(id)
  expect((await manager.exec(id, 'echo again')).stdout).toBe('again\n')
  expect((await new NetworkManager({ engine }).listTaskNetworks(task)).map(({ id }) => id)).toEqual([network])
  expect(await new VolumeManager({ engine }).listTaskVolumes(task)).toHaveLength(1)

  await manager.removeContainer(id, true)
  await networks.removeTaskNetwork(task)
  await volumes.cleanupTaskVolumes(task)
})

test('events continue across a restart of the engine', async () => {
  const seen: string[] = []
  const controller = new AbortController()
  const listening = (async () => {
    // From this moment on, however long it takes to subscribe.
    for await (const event of manager.events({ since: new Date(), signal: controller.signal, filters: { type: ['container'] } })) {
      if (!event.action) continue
      seen.push(event.action)
      if (event.action === 'destroy') controller.abort()
    }
  })()
  const outcome = ending(listening)
  const before = await manager.createContainer(CONFIG)
  await second.end('SIGKILL')
  await second.start()
  await manager.removeContainer(before, true)
  expect(await outcome).toEqual({ code: 'ABORTED' })
  expect(seen).toContain('create')
  expect(seen).toContain('destroy')
})

test('with live-restore, containers and sandboxes survive a restart of the engine', async () => {
  await second.end('SIGTERM')
  await second.start({ liveRestore: true })
  const id = await container()
  const sandboxes = new DockerSandbox({ engine, dataDir: newDataDir(), network: 'none' } as never)
  cleanUp(() => sandboxes.close({ stopAll: true }))
  const { stdout: pid } = await sandboxes.exec('live', 'sleep 600 & echo $!')
  const { containerId } = await sandboxes.getOrCreate('live')
  const status = await manager.getContainerStatus(id)

  await second.end('SIGTERM')
  await second.start({ liveRestore: true })
  expect(await manager.getContainerStatus(id)).toEqual(status)
  expect((await sandboxes.exec('live', `kill -0 ${pid.trim()} && echo there`)).stdout).toBe('there\n')
  expect((await sandboxes.getOrCreate('live')).containerId).toBe(containerId)
  await manager.removeContainer(id, true)
  await sandboxes.remove('live')
})

test.each(['SIGTERM', 'SIGKILL'] as const)('a sandbox whose engine gets %s comes back with its files', async (signal) => {
  const sandboxes = new DockerSandbox({ engine, dataDir: newDataDir(), network: 'none' } as never)
  cleanUp(() => sandboxes.close({ stopAll: true }))
  await sandboxes.writeFile('mine', 'file', 'kept')
  const running = ending(sandboxes.exec('mine', 'sleep 3; echo end'))
  await new Promise((resolve) => setTimeout(resolve, 500))
  await second.end(signal)
  const { code, value } = (await running) as { code?: string; value?: { exitCode: number; stdout: string } }
  // The link to the agent bypasses a local engine, so the command may finish.
  if (code === undefined) expect(value?.stdout).toBe('end\n')
  else expect(GONE).toContain(code)
  await second.start()
  expect((await sandboxes.exec('mine', 'cat file')).stdout).toBe('kept')
  await sandboxes.remove('mine', { workspace: true })
})

import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildOf, newBuild, removeAgentVolume } from '../support/agent.ts'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { startNode, type NodeProcess } from '../support/node.ts'
import { newDataDir, open } from '../support/sandboxes.ts'
import { inOtherProcess, outcomes } from '../support/steps.ts'

const OTHER_VERSION = fileURLToPath(new URL('../fixtures/agent-of-other-version.py', import.meta.url))

let otherBuild: string

afterAll(() => removeAgentVolume(OTHER_VERSION))

beforeAll(async () => {
  otherBuild = await newBuild()
})

test('a container with a different build of the agent is used as is', async () => {
  const dataDir = newDataDir()
  const steps: [string, ...unknown[]][] = [['getOrCreate', 'a'], ['exec', 'a', 'echo installed > ~/file; sleep 4711 &'], ['info', 'a']]
  const [made, , info] = await inOtherProcess({ dataDir }, steps, { env: { COFFERDAM_AGENT: otherBuild } })
  expect(info?.value.agent).toBe(buildOf(otherBuild))
  const box = open(dataDir)
  expect((await box.exec('a', 'cat ~/file; pgrep -cx sleep')).stdout).toBe('installed\n1\n')
  expect((await box.getOrCreate('a')).containerId).toBe(made?.value.containerId)
  expect((await box.info('a')).agent).toBe(buildOf(otherBuild))
  // The same when it must be started first.
  await box.stop('a')
  expect((await box.exec('a', 'cat ~/file')).stdout).toBe('installed\n')
  expect((await box.getOrCreate('a')).containerId).toBe(made?.value.containerId)
  await box.remove('a')
})

test('two processes with different builds of the agent share a sandbox', async () => {
  const dataDir = newDataDir()
  const env = { COFFERDAM_AGENT: otherBuild }
  const other = startNode('sandbox.js', { options: { dataDir }, steps: [['getOrCreate', 'a']], end: 'stay' }, { env })
  await other.wrote('READY')
  const box = open(dataDir)
  expect((await box.exec('a', 'echo together')).stdout).toBe('together\n')
  other.child.kill('SIGKILL')
  const [made] = outcomes((await other.exit).stdout)
  expect((await box.getOrCreate('a')).containerId).toBe(made?.value.containerId)
  await box.remove('a')
})

/** A container whose agent speaks another protocol version, and a process that appears to be using it. */
async function ofOtherVersion(dataDir: string): Promise<{ containerId: string; user: NodeProcess }> {
  const user = startNode('sandbox.js', { options: { dataDir }, steps: [['writeFile', 'a', 'file', 'kept'], ['getOrCreate', 'a']], end: 'stay' })
  await user.wrote('READY')
  const box = open(dataDir)
  await docker.getContainer((await box.info('a')).containerId).remove({ force: true })
  // Even its creator cannot talk to that agent; the container stays because it is in use.
  const [made] = await inOtherProcess({ dataDir }, [['getOrCreate', 'a']], { env: { COFFERDAM_AGENT: OTHER_VERSION } })
  expect(made?.error).toMatchObject({ code: 'CONFLICT' })
  return { containerId: (await box.info('a')).containerId, user }
}

test('a container whose agent speaks another protocol version is replaced and keeps its workspace', async () => {
  const dataDir = newDataDir()
  const { containerId, user } = await ofOtherVersion(dataDir)
  user.child.kill('SIGKILL')
  await user.exit
  const box = open(dataDir)
  expect(await box.readFile('a', 'file')).toBe('kept')
  expect((await box.getOrCreate('a')).containerId).not.toBe(containerId)
  expect(await box.list()).toHaveLength(1)
  expect((await box.info('a')).agent).not.toBe(buildOf(OTHER_VERSION))
  await box.remove('a')
})

test('a container whose agent speaks another protocol version is a conflict while another process uses it', async () => {
  const dataDir = newDataDir()
  const { containerId, user } = await ofOtherVersion(dataDir)
  const box = open(dataDir)
  for (const call of [() => box.getOrCreate('a'), () => box.exec('a', 'true'), () => box.readFile('a', 'file')]) {
    const error = await rejection(call(), 'CONFLICT')
    expect(error.message).toMatch(/version/)
    expect(error.hint).toMatch(/process|version/)
  }
  // Calls that need no agent work.
  expect(await box.isRunning('a')).toBe(true)
  expect(await box.list()).toMatchObject([{ id: 'a', containerId }])
  user.child.kill('SIGKILL')
  await user.exit
  expect(await box.readFile('a', 'file')).toBe('kept')
  await box.remove('a')
})

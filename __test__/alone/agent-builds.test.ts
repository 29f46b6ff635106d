import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { agentOfOtherProtocol, cleanUpAgents, readAgent } from '../support/agent.ts'
import { rejection } from '../support/errors.ts'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { startNode } from '../support/node.ts'
import { newDataDir, newSandboxes, open } from '../support/sandboxes.ts'
import { inOtherProcess, outcomes } from '../support/steps.ts'

/** The agents, by file. */
let otherBuild: string
let otherProtocol: string

const buildOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 12)

beforeAll(async () => {
  const directory = temporaryDirectory()
  otherBuild = path.join(directory, 'other-build')
  otherProtocol = path.join(directory, 'other-protocol')
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('a')
  // The kernel does not care for what comes after an executable.
  writeFileSync(otherBuild, Buffer.concat([await readAgent(containerId), Buffer.from('\n')]), { mode: 0o755 })
  await box.remove('a')
  copyFileSync(agentOfOtherProtocol(), otherProtocol)
  chmodSync(otherProtocol, 0o755)
  cleanUpAgents([otherBuild, otherProtocol].map(buildOf))
}, 300_000)

test('a container with another build of the agent is used as it is', async () => {
  const dataDir = newDataDir()
  const env = { COFFERDAM_AGENT: otherBuild }
  const [made, , info] = await inOtherProcess({ dataDir }, [['getOrCreate', 'a'], ['exec', 'a', 'echo installed > ~/file; sleep 4711 &'], ['info', 'a']], { env })
  expect(info?.value.agent).toBe(buildOf(otherBuild))
  const box = open(dataDir)
  expect((await box.exec('a', 'cat ~/file; pgrep -cx sleep')).stdout).toBe('installed\n1\n')
  expect((await box.getOrCreate('a')).containerId).toBe(made?.value.containerId)
  expect((await box.info('a')).agent).toBe(buildOf(otherBuild))
  // Also when it has to be started.
  await box.stop('a')
  expect((await box.exec('a', 'cat ~/file')).stdout).toBe('installed\n')
  expect((await box.getOrCreate('a')).containerId).toBe(made?.value.containerId)
  await box.remove('a')
})

test('two processes with two builds of the agent share a sandbox', async () => {
  const dataDir = newDataDir()
  const other = startNode('sandbox.js', { options: { dataDir }, steps: [['getOrCreate', 'a']], then: 'stay' }, { env: { COFFERDAM_AGENT: otherBuild } })
  await other.wrote('READY')
  const box = open(dataDir)
  expect((await box.exec('a', 'echo together')).stdout).toBe('together\n')
  other.child.kill('SIGKILL')
  const [made] = outcomes((await other.exit).stdout)
  expect((await box.getOrCreate('a')).containerId).toBe(made?.value.containerId)
  await box.remove('a')
})

/** Makes a container whose agent this process does not understand, and leaves it; its process fails to connect. */
async function leaveForeign(dataDir: string): Promise<string> {
  const [made] = await inOtherProcess({ dataDir }, [['writeFile', 'a', 'file', 'kept'], ['list']])
  expect(made?.error).toBeUndefined()
  const first = open(dataDir)
  await first.remove('a')
  await first.close()
  const [failed, listed] = await inOtherProcess({ dataDir }, [['getOrCreate', 'a'], ['list']], { env: { COFFERDAM_AGENT: otherProtocol } })
  // It puts in what it does not understand, so it can't use it either.
  expect(failed?.error).toBeDefined()
  return listed?.value[0]?.containerId
}

test('a container whose agent speaks another version of the protocol is replaced, and the workspace is kept', async () => {
  const dataDir = newDataDir()
  const foreign = await leaveForeign(dataDir)
  expect(foreign).toMatch(/^[0-9a-f]{64}$/)
  const box = open(dataDir)
  expect(await box.readFile('a', 'file')).toBe('kept')
  expect((await box.getOrCreate('a')).containerId).not.toBe(foreign)
  expect(await box.list()).toHaveLength(1)
  await box.remove('a')
}, 120_000)

test('one that another process uses is a conflict, until that process has gone', async () => {
  const dataDir = newDataDir()
  const other = startNode('sandbox.js', { options: { dataDir }, steps: [['writeFile', 'a', 'file', 'kept']], then: 'stay' })
  await other.wrote('READY')
  const [refused] = await inOtherProcess({ dataDir, timeout: 5000 }, [['getOrCreate', 'a']])
  expect(refused?.error).toBeUndefined()
  // To the process with the other agent, the container of the first is one that it understands: the protocol is
  // the addon's. So the foreign container is made under the first one's lease.
  const meddler = open(dataDir)
  const { containerId } = await meddler.getOrCreate('a')
  await meddler.close()
  const { docker } = await import('../support/docker.ts')
  await docker.getContainer(containerId).remove({ force: true })
  await inOtherProcess({ dataDir }, [['getOrCreate', 'a']], { env: { COFFERDAM_AGENT: otherProtocol } })
  const box = open(dataDir)
  const error = await rejection(box.getOrCreate('a'), 'CONFLICT')
  expect(error.message).toMatch(/version/)
  expect(error.hint).toBeTruthy()
  other.child.kill('SIGKILL')
  await other.exit
  expect(await box.readFile('a', 'file')).toBe('kept')
  await box.remove('a')
}, 120_000)

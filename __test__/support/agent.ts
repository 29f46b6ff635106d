import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { docker } from './docker.ts'
import { temporaryDirectory } from './fake-engine.ts'
import { runContainer } from './run-container.ts'
import { cleanUp, newSandboxes } from './sandboxes.ts'

/** The name of the volume with a container's agent. */
export async function agentVolume(containerId: string): Promise<string> {
  const { Mounts } = await docker.getContainer(containerId).inspect()
  const mount = Mounts.find(({ Destination }) => Destination === '/.cofferdam')
  if (!mount?.Name) throw new Error(`${containerId} has no volume with an agent`)
  return mount.Name
}

/** Runs a command as root in a container with the volume at /volume, and returns its output. */
export function inVolume(volume: string, command: string): Promise<Buffer> {
  const mount = { Type: 'volume', Source: volume, Target: '/volume' }
  return runContainer({ Entrypoint: ['bash', '-c', command], HostConfig: { NetworkMode: 'none', Mounts: [mount] } })
}

let builds = 0

/** Creates a different build of the addon's agent and returns its path, for COFFERDAM_AGENT. */
export async function newBuild(): Promise<string> {
  const file = path.join(temporaryDirectory(), 'agent')
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('a')
  // As text: the engine's log loses a line break that falls on the border of two of its pieces.
  const agent = Buffer.from(String(await inVolume(await agentVolume(containerId), 'base64 /volume/agent')), 'base64')
  await box.remove('a')
  // The kernel ignores data after the end of an executable.
  writeFileSync(file, Buffer.concat([agent, Buffer.from(`${process.pid} ${(builds += 1)}`)]))
  cleanUp(() => removeAgentVolume(file))
  return file
}

/** The identifier of a build of the agent. */
export function buildOf(agent: string): string {
  return createHash('sha256').update(readFileSync(agent)).digest('hex').slice(0, 12)
}

/** Removes the volume of an agent, if there is one. */
export async function removeAgentVolume(agent: string): Promise<void> {
  await docker.getVolume(`cofferdam-agent-${buildOf(agent)}`).remove().catch(ignoreMissing)
}

function ignoreMissing(error: { statusCode?: number }): void {
  if (error.statusCode !== 404) throw error
}

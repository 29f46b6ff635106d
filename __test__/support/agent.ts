import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { docker } from './docker.ts'
import { temporaryDirectory } from './fake-engine.ts'
import { runContainer } from './run-container.ts'
import { cleanUp, newSandboxes } from './sandboxes.ts'

/** The volume from which a container has its agent. */
export async function agentVolume(containerId: string): Promise<string> {
  const { Mounts } = await docker.getContainer(containerId).inspect()
  const mount = Mounts.find(({ Destination }) => Destination === '/.cofferdam')
  if (!mount?.Name) throw new Error(`${containerId} has no agent's volume`)
  return mount.Name
}

/** Runs a command as root in a container that has a volume at /volume; gives its output. */
export function inVolume(volume: string, command: string): Promise<Buffer> {
  const mount = { Type: 'volume', Source: volume, Target: '/volume' }
  return runContainer({ Entrypoint: ['bash', '-c', command], HostConfig: { NetworkMode: 'none', Mounts: [mount] } })
}

let builds = 0

/** An agent that works like the addon's and is another build: a file for COFFERDAM_AGENT. */
export async function newBuild(): Promise<string> {
  const file = path.join(temporaryDirectory(), 'agent')
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('a')
  const agent = await inVolume(await agentVolume(containerId), 'cat /volume/agent')
  await box.remove('a')
  // The kernel does not care for what comes after an executable.
  writeFileSync(file, Buffer.concat([agent, Buffer.from(`${process.pid} ${(builds += 1)}`)]))
  cleanUp(() => removeAgentVolume(file))
  return file
}

/** What tells an agent from other builds. */
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

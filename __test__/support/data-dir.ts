import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { unmountBelow } from './disks.ts'
import { containersOf, docker, volumesOf } from './docker.ts'

/** The environment variable with the parent of all data directories of this run. */
export const ROOT = 'COFFERDAM_TEST_ROOT'

/** The file with the namespaces of removed data directories. */
const PAST = 'past-namespaces'

/** A new, empty data directory. */
export function makeDataDir(): string {
  const root = process.env[ROOT]
  if (!root) throw new Error(`${ROOT} is not set: run the tests with vitest`)
  return mkdtempSync(path.join(root, 'data-'))
}

/** The namespace of a data directory; undefined before its first use. */
export function namespaceOf(dataDir: string): string | undefined {
  const file = path.join(dataDir, '.cofferdam', 'namespace')
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}

/** Removes a data directory with all of its containers and volumes. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const namespace = namespaceOf(dataDir)
  if (namespace) {
    appendFileSync(path.join(path.dirname(dataDir), PAST), `${namespace}\n`)
    await removeLeftovers(namespace)
  }
  unmountBelow(dataDir)
  // Node's own removal is recursive, and some tests create deep trees.
  spawnSync('rm', ['-rf', dataDir])
}

/** The namespaces of all data directories of a run, including removed ones. */
export function namespacesIn(root: string): string[] {
  const past = path.join(root, PAST)
  const removed = existsSync(past) ? readFileSync(past, 'utf8').split('\n').filter(Boolean) : []
  const present = readdirSync(root).flatMap((name) => namespaceOf(path.join(root, name)) ?? [])
  return [...removed, ...present]
}

/** Describes a namespace's containers and volumes on the engine. */
export async function leftovers(namespace: string): Promise<string[]> {
  const containers = await containersOf(namespace)
  const volumes = await volumesOf(namespace)
  return [
    ...containers.map(({ Names, State }) => `container ${Names.join(' ')} (${State})`),
    ...volumes.map(({ Name }) => `volume ${Name}`),
  ]
}

/** Removes a namespace's containers and volumes from the engine. */
export async function removeLeftovers(namespace: string): Promise<void> {
  for (const { Id } of await containersOf(namespace)) {
    await docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreMissing)
  }
  for (const { Name } of await volumesOf(namespace)) {
    await docker.getVolume(Name).remove().catch(ignoreMissing)
  }
}

function ignoreMissing(error: { statusCode?: number }): void {
  // 409: it is being removed by another process.
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error
}

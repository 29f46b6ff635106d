import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { unmountBelow } from './disks.ts'
import { containersOf, docker, volumesOf } from './docker.ts'

/** The variable that holds the directory of all data directories of this run. */
export const ROOT = 'COFFERDAM_TEST_ROOT'

/** Where the namespaces of data directories that are gone are written down. */
const PAST = 'past-namespaces'

/** A new data directory, with nothing in it. */
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

/** Removes a data directory with all containers and volumes that were made for it. */
export async function removeDataDir(dataDir: string): Promise<void> {
  const namespace = namespaceOf(dataDir)
  if (namespace) {
    appendFileSync(path.join(path.dirname(dataDir), PAST), `${namespace}\n`)
    await removeLeftovers(namespace)
  }
  unmountBelow(dataDir)
  // Node's own removal recurses, and some tests make deep trees.
  spawnSync('rm', ['-rf', dataDir])
}

/** The namespaces of all data directories of a run, those that were removed included. */
export function namespacesIn(root: string): string[] {
  const past = path.join(root, PAST)
  const removed = existsSync(past) ? readFileSync(past, 'utf8').split('\n').filter(Boolean) : []
  const present = readdirSync(root).flatMap((name) => namespaceOf(path.join(root, name)) ?? [])
  return [...removed, ...present]
}

/** What a namespace has on the engine. */
export async function leftovers(namespace: string): Promise<string[]> {
  const containers = await containersOf(namespace)
  const volumes = await volumesOf(namespace)
  return [
    ...containers.map(({ Names, State }) => `container ${Names.join(' ')} (${State})`),
    ...volumes.map(({ Name }) => `volume ${Name}`),
  ]
}

/** Removes what a namespace has on the engine. */
export async function removeLeftovers(namespace: string): Promise<void> {
  for (const { Id } of await containersOf(namespace)) {
    await docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreMissing)
  }
  for (const { Name } of await volumesOf(namespace)) {
    await docker.getVolume(Name).remove().catch(ignoreMissing)
  }
}

function ignoreMissing(error: { statusCode?: number }): void {
  // 409: somebody else removes it at this moment.
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error
}

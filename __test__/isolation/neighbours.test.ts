import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { DockerSandbox } from '../../index.js'
import { MOUNTS } from '../support/disks.ts'
import { docker } from '../support/docker.ts'
import { namespace, newDataDir, open } from '../support/sandboxes.ts'

const SEARCH = readFileSync(new URL('../fixtures/search.py', import.meta.url), 'utf8')

/** Prints the names that the network's name server has for each address. */
const NAMES = `
import socket, sys
for address in sys.argv[1:]:
  name, aliases, _ = socket.gethostbyaddr(address)
  print(name, *aliases)`

/** Every kind of workspace: a disk image, a directory, a volume. */
const KINDS = { disk: { disk: '16m' }, directory: {}, volume: { workspace: 'volume' } } as const

const neighbours = Object.entries(KINDS).map(([kind, options]) => {
  const dataDir = newDataDir()
  return { id: `neighbour-${kind}-81b7`, dataDir, box: open(dataDir, options) }
})

beforeAll(async () => {
  for (const { id, box } of neighbours) await box.exec(id, 'sleep 600 &')
}, 60_000)

/** Searches what the sandbox `observer` sees. Returns the finds, without those in its own list of mounts if asked to. */
async function search(box: DockerSandbox, texts: string[]): Promise<string[]> {
  const { stdout, stderr, exitCode } = await box.exec('observer', ['python3', '-c', SEARCH], { stdin: JSON.stringify(texts), timeout: 90_000 })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  const finds: { path: string; text: string; read?: number }[] = stdout.trim().split('\n').map((line) => JSON.parse(line))
  // It did look: /proc and /sys have thousands of files.
  expect(finds.pop()?.read).toBeGreaterThan(2000)
  return finds.map((find) => `${find.text} in ${find.path}`)
}

test.each(Object.entries(KINDS))('nothing that a sandbox with a workspace of the kind %s can read mentions a neighbour', { timeout: 120_000 }, async (_, options) => {
  const texts = neighbours.flatMap(({ id, dataDir }) => [id, path.basename(dataDir), namespace(dataDir)])
  expect(await search(open(newDataDir(), { cpus: 2, ...options }), texts)).toEqual([])
})

test.skipIf(!MOUNTS)('with a disk of its own, a sandbox reads no path of the data directory and of no disk image', { timeout: 120_000 }, async () => {
  const dataDir = newDataDir()
  expect(await search(open(dataDir, { cpus: 2, disk: '16m' }), [path.dirname(dataDir), '.cofferdam/disks'])).toEqual([])
})

test('of the host’s paths, a sandbox reads its own workspace’s, in its list of mounts only', { timeout: 120_000 }, async () => {
  const dataDir = newDataDir()
  const finds = await search(open(dataDir, { cpus: 2 }), [path.dirname(dataDir)])
  expect(finds.length).toBeGreaterThan(0)
  for (const find of finds) expect(find).toMatch(/\/(mountinfo|mountstats|mounts)$/)
})

test('no name on the shared network contains an id', async () => {
  const observer = open(newDataDir())
  const { containerId } = await observer.getOrCreate('observer')
  const [network] = Object.values((await docker.getContainer(containerId).inspect()).NetworkSettings.Networks)
  const addresses: string[] = []
  for (const { id, box } of neighbours) {
    const inspection = await docker.getContainer((await box.getOrCreate(id)).containerId).inspect()
    const [joined] = Object.values(inspection.NetworkSettings.Networks)
    expect(joined?.NetworkID).toBe(network?.NetworkID)
    addresses.push(joined?.IPAddress ?? '')
  }
  const { stdout, stderr } = await observer.exec('observer', ['python3', '-c', NAMES, ...addresses], { timeout: 60_000 })
  expect(stderr).toBe('')
  const names = stdout.trim().split('\n')
  expect(names).toHaveLength(neighbours.length)
  for (const name of names) expect(name).toMatch(/^cofferdam-[0-9a-f]{20}\.cofferdam-[0-9a-f]{12}$/)
})

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT, leftovers, namespacesIn, removeLeftovers } from './data-dir.ts'
import { loopDevicesBelow, mountsBelow, unmountBelow } from './disks.ts'
import { docker } from './docker.ts'
import { LABEL } from './run-container.ts'

/** Labels of containers without a sandbox: helpers that fill volumes, and the tests' own. */
const HELPERS = ['cofferdam.helper', LABEL]

/** How long a helper that is still in use may take to end, in milliseconds. */
const PATIENCE = 10_000

let failed = false

/** Creates one parent for all data directories of the run. Afterwards, nothing of them may be left on the engine. */
export default function setUp(): (() => Promise<void>) | undefined {
  // Every project of the configuration calls this, but only the first call counts.
  if (process.env[ROOT]) return undefined
  const root = mkdtempSync(path.join(tmpdir(), 'cofferdam-test-'))
  process.env[ROOT] = root
  const begun = Date.now() / 1000
  return async () => {
    const left = await removeHelpers(begun)
    for (const namespace of namespacesIn(root)) {
      left.push(...(await leftovers(namespace)))
      await removeLeftovers(namespace)
    }
    left.push(...mountsBelow(root).map((place) => `mount ${place}`), ...loopDevicesBelow(root).map((name) => `loop device ${name}`))
    unmountBelow(root)
    rmSync(root, { recursive: true, force: true })
    if (left.length > 0 && !failed) {
      failed = true
      process.exitCode = 1
      throw new Error(`the tests left behind:\n${left.join('\n')}`)
    }
  }
}

/** Removes helper containers of this run that still exist, and describes them. */
async function removeHelpers(begun: number): Promise<string[]> {
  const list = async () => {
    const lists = await Promise.all(HELPERS.map((label) => docker.listContainers({ all: true, filters: { label: [label] } })))
    return lists.flat().filter(({ Created }) => Created >= Math.floor(begun))
  }
  let found = await list()
  for (const deadline = Date.now() + PATIENCE; found.length > 0 && Date.now() < deadline; found = await list()) {
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  for (const { Id } of found) await docker.getContainer(Id).remove({ force: true, v: true }).catch(() => {})
  return found.map(({ Names, State }) => `helper container ${Names.join(' ')} (${State})`)
}

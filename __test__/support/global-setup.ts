import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT, leftovers, namespacesIn, removeLeftovers } from './data-dir.ts'
import { loopDevicesBelow, mountsBelow, unmountBelow } from './disks.ts'
import { docker } from './docker.ts'
import { LABEL } from './run-container.ts'

/** What marks containers of no sandbox: those through which volumes are filled, and the tests' own. */
const HELPERS = ['cofferdam.helper', LABEL]

/** How long a helper that somebody else is using at this moment may take to go. */
const PATIENCE = 10_000

let failed = false

/** One directory for all data directories of the run; afterwards nothing of any of them may be left on the engine. */
export default function setUp(): (() => Promise<void>) | undefined {
  // Each project of the configuration calls this; the first one's is everybody's.
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

/** Removes the helper containers that were made during this run and are still there. */
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

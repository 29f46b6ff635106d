import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { ROOT, leftovers, namespacesIn, removeLeftovers } from './data-dir.ts'

let failed = false

/** One directory for all data directories of the run; afterwards nothing of any of them may be left on the engine. */
export default function setUp(): (() => Promise<void>) | undefined {
  // Each project of the configuration calls this; the first one's is everybody's.
  if (process.env[ROOT]) return undefined
  const root = mkdtempSync(path.join(tmpdir(), 'cofferdam-test-'))
  process.env[ROOT] = root
  return async () => {
    const left: string[] = []
    for (const namespace of namespacesIn(root)) {
      left.push(...(await leftovers(namespace)))
      await removeLeftovers(namespace)
    }
    rmSync(root, { recursive: true, force: true })
    if (left.length > 0 && !failed) {
      failed = true
      process.exitCode = 1
      throw new Error(`the tests left behind:\n${left.join('\n')}`)
    }
  }
}

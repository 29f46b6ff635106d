import { describe } from 'vitest'
import type { DockerSandbox, DockerSandboxOptions } from '../../../index.js'
import { DockerSandbox as MemoryDockerSandbox } from '../../../js/testing/index.js'
import { cleanUp, newSandboxes } from '../../support/sandboxes.ts'
import { LINES } from './lines.ts'

/** Opens sandboxes of one kind in a new data directory, closed afterwards. */
type Open = (options?: DockerSandboxOptions) => DockerSandbox

const KINDS: [string, Open][] = [
  ['in Docker', (options) => newSandboxes({ cpus: 2, ...options })],
  ['in memory', (options) => inMemory({ cpus: 2, ...options })],
]

/** Runs tests against real sandboxes, and against those in memory, which must behave the same. */
export function describeBoth(tests: (open: Open) => void): void {
  describe.each(KINDS)('sandboxes %s', (_, open) => tests(open))
}

function inMemory(options: DockerSandboxOptions): DockerSandbox {
  const sandboxes = new MemoryDockerSandbox(options)
  cleanUp(() => sandboxes.close())
  for (const [line, handler] of Object.entries(LINES)) sandboxes.onExec(line, handler)
  return sandboxes
}

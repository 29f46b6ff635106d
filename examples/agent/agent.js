// An example agent: it copies a project into a sandbox, runs its tests, lets a model fix the failures, and copies the result back.
//
//   node examples/agent/agent.js [project] [result]
//
// The project's code and the model's changes stay in the sandbox: no network, a read-only root, limits, a deadline.
import { mkdtemp } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { SandboxManager } from 'cofferdam'
import { propose } from './model.js'

const ROUNDS = 3
const TESTS = 'node --test'

const [project = path.join(import.meta.dirname, 'project'), result] = process.argv.slice(2)
const manager = new SandboxManager({ dataDir: process.env.SESSIONS ?? './data/sessions' })
const session = await manager.createSession({ metadata: { project }, pids: 64 })
try {
  await manager.copyTo(session, project, 'project')
  console.log((await fix()) ? 'all tests pass' : `tests still fail after ${ROUNDS} rounds`)
  const target = result ?? path.join(await mkdtemp(path.join(os.tmpdir(), 'agent-')), 'project')
  await manager.copyFrom(session, 'project', target)
  console.log(`the result is in ${target}`)
} finally {
  // Removes the container and its files, also after a failure.
  await manager.destroySession(session)
  await manager.close()
}

/** Runs the tests and lets the model change files until they pass. */
async function fix() {
  for (let round = 1; round <= ROUNDS; round++) {
    const tests = await manager.executeCommand(session, TESTS, { cwd: 'project', timeout: 60_000 })
    console.log(`round ${round}: tests ${outcome(tests)} after ${Math.round(tests.executionTime)} ms`)
    if (tests.exitCode === 0) return true
    const read = (file) => manager.readFile(session, path.posix.join('project', file))
    for (const { file, content } of await propose({ output: tests.stdout + tests.stderr, read })) {
      // A path that leads out of the project changes the sandbox, never this machine.
      await manager.writeFile(session, path.posix.join('project', file), content)
      console.log(`  changed ${file}`)
    }
  }
  return false
}

function outcome({ exitCode, timedOut, oomKilled }) {
  if (timedOut) return 'timed out'
  if (oomKilled) return 'ran out of memory'
  return exitCode === 0 ? 'passed' : `failed (${exitCode})`
}

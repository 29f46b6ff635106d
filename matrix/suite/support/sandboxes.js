/** Sandboxes that are removed, with their files, after the tests of a file. */
import { rmSync } from 'node:fs'
import { after } from 'node:test'
import { DockerExecutor, DockerSandbox, SandboxManager } from '../../../index.js'
import { OPTIONS, newDirectory, scaled } from './environment.js'

const made = []

after(async () => {
  for (const end of made.reverse()) await end()
}, { timeout: scaled(120_000) })

/** What to do after the tests of this file; the last one first. */
export function cleanUp(end) {
  made.push(end)
}

/** A test may have closed what it made. */
async function unlessClosed(end) {
  try {
    await end()
  } catch (error) {
    if (error.code !== 'CLOSED') throw error
  }
}

export function newDataDir() {
  const dataDir = newDirectory()
  cleanUp(() => rmSync(dataDir, { recursive: true, force: true }))
  return dataDir
}

export function newSandboxes(options = {}) {
  const sandboxes = new DockerSandbox({ dataDir: options.dataDir ?? newDataDir(), timeout: scaled(30_000), maxTimeout: scaled(300_000), ...OPTIONS, ...options })
  cleanUp(async () => {
    await unlessClosed(async () => {
      for (const { id } of await sandboxes.list()) await sandboxes.remove(id, { workspace: true })
    })
    await sandboxes.close()
  })
  return sandboxes
}

export function newSessions(options = {}) {
  const sessions = new SandboxManager({ dataDir: options.dataDir ?? newDataDir(), timeout: scaled(30_000), maxTimeout: scaled(300_000), ...OPTIONS, ...options })
  cleanUp(async () => {
    await unlessClosed(async () => {
      for (const { id } of await sessions.listSessions()) await sessions.destroySession(id)
    })
    await sessions.close()
  })
  return sessions
}

export function newExecutor(options = {}) {
  const executor = new DockerExecutor({ tasksDir: newDataDir(), timeout: scaled(30_000), maxTimeout: scaled(300_000), logLevel: 'silent', ...OPTIONS, ...options })
  cleanUp(() => executor.close())
  return executor
}

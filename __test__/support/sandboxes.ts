import { afterAll, expect, onTestFinished } from 'vitest'
import { DockerSandbox, type DockerSandboxOptions } from '../../index.js'
import { makeDataDir, namespaceOf, removeDataDir } from './data-dir.ts'

/** Clean-up at the end of the file. Hooks added within `beforeAll` would never run. */
const atTheEnd: (() => unknown)[] = []

afterAll(async () => {
  for (const undo of atTheEnd.splice(0).reverse()) await undo()
})

/** Runs a function at the end of the test, or of the file when called outside a test. */
export function cleanUp(undo: () => unknown): void {
  if (expect.getState().currentTestName === undefined) atTheEnd.push(undo)
  else onTestFinished(async () => void (await undo()))
}

/** A new data directory, removed afterwards with all of its containers and volumes. */
export function newDataDir(): string {
  const dataDir = makeDataDir()
  cleanUp(() => removeDataDir(dataDir))
  return dataDir
}

/** Sandboxes in a data directory, closed afterwards. */
export function open(dataDir: string, options: DockerSandboxOptions = {}): DockerSandbox {
  const sandboxes = new DockerSandbox({ dataDir, ...options })
  cleanUp(() => sandboxes.close())
  return sandboxes
}

/** Sandboxes in a new data directory. */
export function newSandboxes(options: DockerSandboxOptions = {}): DockerSandbox {
  return open(newDataDir(), options)
}

/** The namespace of a data directory that is in use. */
export function namespace(dataDir: string): string {
  const found = namespaceOf(dataDir)
  if (!found) throw new Error(`${dataDir} has no namespace yet`)
  return found
}

import { afterAll, expect, onTestFinished } from 'vitest'
import { DockerSandbox, type DockerSandboxOptions } from '../../index.js'
import { makeDataDir, namespaceOf, removeDataDir } from './data-dir.ts'

/** What is undone at the end of the file. A hook that `beforeAll` adds would never run. */
const atTheEnd: (() => unknown)[] = []

afterAll(async () => {
  for (const undo of atTheEnd.splice(0).reverse()) await undo()
})

/** Undoes something at the end of the test, or of the file when called outside of one. */
export function cleanUp(undo: () => unknown): void {
  if (expect.getState().currentTestName === undefined) atTheEnd.push(undo)
  else onTestFinished(async () => void (await undo()))
}

/** A data directory of one's own; it goes afterwards, with every container and volume made for it. */
export function newDataDir(): string {
  const dataDir = makeDataDir()
  cleanUp(() => removeDataDir(dataDir))
  return dataDir
}

/** Sandboxes in this data directory, closed afterwards. */
export function open(dataDir: string, options: DockerSandboxOptions = {}): DockerSandbox {
  const sandboxes = new DockerSandbox({ dataDir, ...options })
  cleanUp(() => sandboxes.close())
  return sandboxes
}

/** Sandboxes in a data directory of their own. */
export function newSandboxes(options: DockerSandboxOptions = {}): DockerSandbox {
  return open(newDataDir(), options)
}

/** The namespace of a data directory that is in use. */
export function namespace(dataDir: string): string {
  const found = namespaceOf(dataDir)
  if (!found) throw new Error(`${dataDir} has no namespace yet`)
  return found
}

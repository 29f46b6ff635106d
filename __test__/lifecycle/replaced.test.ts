import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { containersOf } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { namespace, newDataDir, open } from '../support/sandboxes.ts'

/** Puts another directory in the place of a workspace, as a restore or a deployment does. */
function replace(workspace: string) {
  renameSync(workspace, `${workspace}-before`)
  mkdirSync(workspace)
  chownSync(workspace, 1000, 1000)
  writeFileSync(path.join(workspace, 'restored'), 'restored')
}

test('a workspace that was deleted under a running sandbox is made again at the next call', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { network: 'none' })
  await box.exec('a', 'echo old > file')
  rmSync(path.join(dataDir, 'a'), { recursive: true })
  expect((await box.exec('a', 'ls -A; echo new > file')).stdout).toBe('')
  expect(readFileSync(path.join(dataDir, 'a/file'), 'utf8')).toBe('new\n')
})

test('a workspace that was replaced under a running sandbox is the one that commands and callers see', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { network: 'none' })
  await box.writeFile('a', 'file', 'old')
  replace(path.join(dataDir, 'a'))
  expect(await box.readFile('a', 'restored')).toBe('restored')
  await box.exec('a', 'echo new > file')
  expect(readFileSync(path.join(dataDir, 'a/file'), 'utf8')).toBe('new\n')
  expect(readFileSync(path.join(dataDir, 'a-before/file'), 'utf8')).toBe('old')
})

test('another process that takes the sandbox over notices as well', async () => {
  const dataDir = newDataDir()
  const first = open(dataDir, { network: 'none' })
  await first.exec('a', 'true')
  await first.close()
  replace(path.join(dataDir, 'a'))
  const second = open(dataDir, { network: 'none' })
  expect(await second.readFile('a', 'restored')).toBe('restored')
})

test('a command under way in a workspace that was replaced is lost when the next call mends it', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { network: 'none' })
  await box.getOrCreate('a')
  const { result } = await startCommand(box, 'a', 'echo begun; sleep 60')
  replace(path.join(dataDir, 'a'))
  expect(await box.readFile('a', 'restored')).toBe('restored')
  await rejection(result, 'SANDBOX_LOST')
})

test.each(['', '.cofferdam'])('a data directory of which %j was deleted under a running process is made again', async (part) => {
  const dataDir = newDataDir()
  const box = open(dataDir, { network: 'none' })
  const { containerId } = await box.getOrCreate('a')
  const before = namespace(dataDir)
  rmSync(path.join(dataDir, part), { recursive: true })
  expect((await box.exec('new', 'echo works')).stdout).toBe('works\n')
  // It is the same sandbox, in the same container.
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
  expect(namespace(dataDir)).toBe(before)
  await box.exec('a', 'echo seen > file')
  expect(existsSync(path.join(dataDir, 'a/file'))).toBe(true)
  expect(await containersOf(before)).toHaveLength(2)
})

test('a data directory that was replaced by a copy is used as it is', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { network: 'none' })
  await box.writeFile('a', 'file', 'old')
  const copy = `${dataDir}-copy`
  cpSync(dataDir, copy, { recursive: true, preserveTimestamps: true })
  chownSync(path.join(copy, 'a'), 1000, 1000)
  writeFileSync(path.join(copy, 'a/file'), 'of the copy')
  rmSync(dataDir, { recursive: true })
  renameSync(copy, dataDir)
  expect(await box.readFile('a', 'file')).toBe('of the copy')
})

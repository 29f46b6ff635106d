import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { containersOf } from '../support/docker.ts'
import { namespace, newDataDir, open } from '../support/sandboxes.ts'

const dataDir = newDataDir()
const box = open(dataDir, { cpus: 2 })

test('remove deletes the container and keeps the workspace', async () => {
  await box.writeFile('a', 'file', 'kept')
  await box.exec('a', 'echo gone > ~/installed')
  await box.remove('a')
  expect(await containersOf(namespace(dataDir))).toEqual([])
  expect(readFileSync(path.join(dataDir, 'a', 'file'), 'utf8')).toBe('kept')
  expect((await box.exec('a', 'cat file; cat ~/installed')).stdout).toBe('kept')
})

test('remove with workspace: true also deletes the files', async () => {
  await box.exec('a', 'mkdir -p x/y; chmod 0 x; ln -s /etc link; touch .hidden -- -dash')
  await box.remove('a', { workspace: true })
  expect(existsSync(path.join(dataDir, 'a'))).toBe(false)
  expect((await box.exec('a', 'ls -A')).stdout).toBe('')
})

test('a link in the workspace is removed, not followed', async () => {
  const victim = newDataDir()
  const other = open(victim)
  await other.writeFile('b', 'precious', 'x')
  await box.exec('a', ['ln', '-s', path.join(victim, 'b'), 'link'])
  await box.remove('a', { workspace: true })
  expect(readFileSync(path.join(victim, 'b', 'precious'), 'utf8')).toBe('x')
})

test('3,000 nested directories are removed', async () => {
  await box.exec('a', ['python3', '-c', 'import os\nfor _ in range(3000): os.mkdir("d"); os.chdir("d")'])
  await box.remove('a', { workspace: true })
  expect(existsSync(path.join(dataDir, 'a'))).toBe(false)
})

test('removing a missing sandbox succeeds', async () => {
  await box.remove('a')
  await box.remove('never-made', { workspace: true })
  expect(existsSync(path.join(dataDir, 'never-made'))).toBe(false)
})

test('remove ends a running command', async () => {
  await box.getOrCreate('a')
  const { result } = await startCommand(box, 'a', 'echo begun; sleep 60')
  await box.remove('a')
  expect((await rejection(result, 'SANDBOX_LOST')).details).toMatchObject({ stdout: 'begun\n' })
})

test('the next call creates a removed sandbox again', async () => {
  const { containerId } = await box.getOrCreate('a')
  await box.remove('a')
  expect((await box.getOrCreate('a')).containerId).not.toBe(containerId)
})

import { chmodSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { newDataDir, open } from '../support/sandboxes.ts'

const dataDir = newDataDir()
const box = open(dataDir, { cpus: 2 })
const workspace = path.join(dataDir, 'a')

/** The user that commands run as: this process's, or 1000 if that is root. */
const USER = process.getuid?.() === 0 ? 1000 : process.getuid?.()

test('a written file appears in the host’s directory and belongs to the user', async () => {
  await box.writeFile('a', 'sub/file', 'content')
  expect(readFileSync(path.join(workspace, 'sub/file'), 'utf8')).toBe('content')
  for (const name of ['sub', 'sub/file']) expect(lstatSync(path.join(workspace, name))).toMatchObject({ uid: USER, gid: USER })
})

test('a file created by a command belongs to the user', async () => {
  await box.exec('a', 'touch made')
  expect(lstatSync(path.join(workspace, 'made'))).toMatchObject({ uid: USER, gid: USER })
})

test('a file put there by the host can be read', async () => {
  await box.getOrCreate('a')
  writeFileSync(path.join(workspace, 'given'), 'by the host')
  chmodSync(path.join(workspace, 'given'), 0o644)
  expect(await box.readFile('a', 'given')).toBe('by the host')
  expect((await box.exec('a', 'cat given')).stdout).toBe('by the host')
})

test('only its owner may read the data directory', async () => {
  await box.getOrCreate('a')
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)
})

test('getOrCreate returns the location of the workspace', async () => {
  expect((await box.getOrCreate('a')).workspace).toEqual({ kind: 'bind', location: workspace })
})

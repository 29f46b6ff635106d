import { chmodSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { newDataDir, open } from '../support/sandboxes.ts'

const dataDir = newDataDir()
const box = open(dataDir, { cpus: 2 })
const workspace = path.join(dataDir, 'a')

/** Whom commands run as: the user of this process, or 1000 where that is root. */
const USER = process.getuid?.() === 0 ? 1000 : process.getuid?.()

test('a file that is written is in the directory of the host, and belongs to the user', async () => {
  await box.writeFile('a', 'sub/file', 'content')
  expect(readFileSync(path.join(workspace, 'sub/file'), 'utf8')).toBe('content')
  for (const name of ['sub', 'sub/file']) expect(lstatSync(path.join(workspace, name))).toMatchObject({ uid: USER, gid: USER })
})

test('a file that a command made belongs to the user', async () => {
  await box.exec('a', 'touch made')
  expect(lstatSync(path.join(workspace, 'made'))).toMatchObject({ uid: USER, gid: USER })
})

test('a file that the host put there can be read', async () => {
  await box.getOrCreate('a')
  writeFileSync(path.join(workspace, 'given'), 'by the host')
  chmodSync(path.join(workspace, 'given'), 0o644)
  expect(await box.readFile('a', 'given')).toBe('by the host')
  expect((await box.exec('a', 'cat given')).stdout).toBe('by the host')
})

test('only the owner of the data directory may look into it', async () => {
  await box.getOrCreate('a')
  expect(statSync(dataDir).mode & 0o777).toBe(0o700)
})

test('getOrCreate tells where the workspace is', async () => {
  expect((await box.getOrCreate('a')).workspace).toEqual({ kind: 'bind', location: workspace })
})

import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { newDataDir, open } from '../support/sandboxes.ts'

const dataDir = newDataDir()
const box = open(dataDir)

const ODD = ['-rf', '--help', 'con', 'nul', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '0', '_', 'trailing.', 'a..b', 'x'.repeat(128)]

test.each(ODD)('%s works as an id', async (id) => {
  await box.writeFile(id, 'file', `of ${id}`)
  expect((await box.exec(id, ['cat', 'file'])).stdout).toBe(`of ${id}`)
  expect(await box.info(id)).toMatchObject({ id, state: 'running' })
  expect(existsSync(path.join(dataDir, id, 'file'))).toBe(true)
  await box.remove(id, { workspace: true })
})

test('each id has its own directory in the data directory', () => {
  expect(readdirSync(dataDir)).toEqual(['.cofferdam'])
})

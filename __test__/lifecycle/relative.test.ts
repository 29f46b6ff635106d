import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { makeDataDir, removeDataDir } from '../support/data-dir.ts'
import { startScript } from '../support/node.ts'
import { cleanUp } from '../support/sandboxes.ts'

test('a relative dataDir is below the working directory of the moment when it was named', async () => {
  const root = makeDataDir()
  const dataDir = path.join(root, 'one/data')
  mkdirSync(path.join(root, 'one'))
  mkdirSync(path.join(root, 'two'))
  cleanUp(async () => {
    await removeDataDir(dataDir)
    await removeDataDir(root)
  })
  const { code, stderr } = await startScript('__test__/fixtures/relative.js', [path.join(root, 'one'), path.join(root, 'two')], { cwd: fileURLToPath(new URL('.', import.meta.url)) }).exit
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(existsSync(path.join(dataDir, 'a/file'))).toBe(true)
  expect(existsSync(path.join(root, 'two/data'))).toBe(false)
})

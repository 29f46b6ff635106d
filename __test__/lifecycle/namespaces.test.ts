import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { namespace, newDataDir, open } from '../support/sandboxes.ts'

test('the same id in two data directories names two sandboxes', async () => {
  const [one, two] = [newDataDir(), newDataDir()]
  const [first, second] = [open(one), open(two)]
  await first.writeFile('same', 'file', 'first')
  await second.writeFile('same', 'file', 'second')
  expect(namespace(one)).not.toBe(namespace(two))
  expect((await first.getOrCreate('same')).containerId).not.toBe((await second.getOrCreate('same')).containerId)
  expect(await first.readFile('same', 'file')).toBe('first')
  await first.remove('same', { workspace: true })
  expect(await second.readFile('same', 'file')).toBe('second')
  expect((await second.list()).map(({ id }) => id)).toEqual(['same'])
})

test('ids that differ only in case name two sandboxes', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  await box.writeFile('A', 'file', 'upper')
  await box.writeFile('a', 'file', 'lower')
  expect((await box.getOrCreate('A')).containerId).not.toBe((await box.getOrCreate('a')).containerId)
  expect(await box.readFile('A', 'file')).toBe('upper')
  expect(await box.readFile('a', 'file')).toBe('lower')
  expect(existsSync(path.join(dataDir, 'A')) && existsSync(path.join(dataDir, 'a'))).toBe(true)
})

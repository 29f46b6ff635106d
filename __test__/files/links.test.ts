import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

test('a link to a file is followed and stays a link', async () => {
  await box.exec('a', 'mkdir -p d; echo old > d/target; chmod 600 d/target; ln -s d/target link')
  expect(await box.readFile('a', 'link')).toBe('old\n')
  await box.writeFile('a', 'link', 'new')
  expect((await box.exec('a', 'readlink link; cat d/target; stat -c " %a" d/target')).stdout).toBe('d/target\nnew 600\n')
})

test('a link to a directory is followed', async () => {
  await box.exec('a', 'mkdir -p real; ln -s real alias')
  await box.writeFile('a', 'alias/file', 'x')
  expect(await box.readFile('a', 'real/file')).toBe('x')
})

test('a dangling link can be written through but not read', async () => {
  await box.exec('a', 'ln -s missing/target dangling')
  expect((await rejection(box.readFile('a', 'dangling'), 'FILE_ERROR')).details).toMatchObject({ errno: 'ENOENT' })
  await box.writeFile('a', 'dangling', 'x')
  expect((await box.exec('a', 'readlink dangling; cat missing/target')).stdout).toBe('missing/target\nx')
})

test('a loop of links fails with ELOOP', async () => {
  await box.exec('a', 'ln -s self self; ln -s pong ping; ln -s ping pong')
  for (const path of ['self', 'ping', 'self/file']) {
    expect((await rejection(box.readFile('a', path), 'FILE_ERROR')).details).toMatchObject({ errno: 'ELOOP' })
    expect((await rejection(box.writeFile('a', path, 'x'), 'FILE_ERROR')).details).toMatchObject({ errno: 'ELOOP' })
  }
})

test("a link out of the workspace leads to the sandbox's files, never the host's", async () => {
  await box.exec('a', 'ln -s /etc/hostname outside; ln -s ../../../../../../etc/hostname climbing')
  expect(await box.readFile('a', 'outside')).toBe('sandbox\n')
  expect(await box.readFile('a', 'climbing')).toBe('sandbox\n')
})

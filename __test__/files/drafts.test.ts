import { readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { newManager } from '../support/sessions.ts'
import { treeDirectory } from '../support/trees.ts'

const sessions = newManager({ cpus: 2 })
const session = await sessions.createSession()

/** Names of drafts as an older version made them in a process with this id, and as this version does. */
const names = (pid: number, count: number) => [
  ...Array.from({ length: count }, (_, number) => `.cofferdam-draft-${pid.toString(16)}-${number.toString(16)}`),
  '.cofferdam-draft-0123456789abcdef0123456789abcdef',
]

test('no names of files can keep a file from being written', async () => {
  await sessions.executeCommand(session, ['python3', '-c', "for n in range(9000): open(f'.cofferdam-draft-1-{n:x}', 'w')"])
  await sessions.writeFile(session, 'file', 'x')
  expect(await sessions.readFile(session, 'file')).toBe('x')
  const directory = treeDirectory()
  writeFileSync(path.join(directory, 'up'), 'up')
  await sessions.copyTo(session, path.join(directory, 'up'), 'up')
  expect(await sessions.readFile(session, 'up')).toBe('up')
})

test('files that are only named as drafts are copied', async () => {
  const wanted = names(1, 10).sort()
  const directory = treeDirectory()
  for (const name of wanted) writeFileSync(path.join(directory, name), name)
  await sessions.copyTo(session, directory, 'named')
  expect((await sessions.executeCommand(session, 'ls -A named')).stdout.trim().split('\n').sort()).toEqual(wanted)
  const back = path.join(treeDirectory(), 'back')
  await sessions.copyFrom(session, 'named', back)
  expect(readdirSync(back).sort()).toEqual(wanted)
  // A second copy, which clears away abandoned drafts first, keeps what only has the name.
  for (const name of names(process.pid, 10)) writeFileSync(path.join(back, name), 'mine')
  await sessions.copyFrom(session, 'file', path.join(back, 'file'))
  expect(readdirSync(back)).toEqual(expect.arrayContaining([...names(process.pid, 10), 'file']))
})

import { chmodSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { cleanUp, newSandboxes } from '../support/sandboxes.ts'
import { newManager, startSessionCommand } from '../support/sessions.ts'
import { copied, tree, treeDirectory } from '../support/trees.ts'

const sessions = newManager({ cpus: 2 })
const session = await sessions.createSession()
const sh = async (command: string) => (await sessions.executeCommand(session, command)).stdout

/** A command that keeps swapping two names. */
const SWAP = (one: string, other: string) => `python3 -c "
import ctypes
libc = ctypes.CDLL(None)
print('on', flush=True)
while True: libc.syscall(316, -100, b'${one}', -100, b'${other}', 2)"`

const HOSTILE: [what: string, make: string, entry: string, details: object][] = [
  ['a link to an absolute path', 'ln -s /etc/passwd in/bad', 'in/bad', { reason: 'link' }],
  ['a link out of the tree', 'ln -s ../../outside in/bad', 'in/bad', { reason: 'link' }],
  ['a link that leads out through another one', 'ln -s . in/here; ln -s in/here/../.. bad', 'bad', { reason: 'link' }],
  ['a named pipe', 'mkfifo in/bad', 'in/bad', { reason: 'kind', errno: 'EINVAL' }],
  ['a socket', 'python3 -c "import socket; socket.socket(socket.AF_UNIX).bind(\'in/bad\')"', 'in/bad', { reason: 'kind' }],
  ['a directory that its owner may not read (F10)', 'mkdir in/bad; touch in/bad/x; chmod 0 in/bad', 'in/bad', { errno: 'EACCES' }],
  ['a file that its owner may not read', 'touch in/bad; chmod 0 in/bad', 'in/bad', { errno: 'EACCES' }],
]

test.each(HOSTILE)('copyFrom refuses a tree with %s and copies nothing (F15)', async (_, make, entry, details) => {
  await sh(`rm -rf hostile; mkdir -p hostile/in hostile/before outside && touch hostile/file hostile/in/file outside/x && cd hostile && ${make}`)
  const directory = treeDirectory()
  const error = await rejection(sessions.copyFrom(session, 'hostile', path.join(directory, 'new')), 'FILE_ERROR')
  expect(error.details).toMatchObject({ ...details, path: `hostile/${entry}`, copied: { entries: 0, bytes: 0 } })
  expect(readdirSync(directory)).toEqual([])
  // In an existing directory, entries copied before the failure are complete.
  writeFileSync(path.join(directory, 'kept'), 'kept')
  const again = await rejection(sessions.copyFrom(session, 'hostile', directory), 'FILE_ERROR')
  const found = tree(directory)
  expect(found['kept']).toBe('file 644 kept')
  expect(Object.keys(found).filter((name) => name.includes('cofferdam') || name.includes('bad'))).toEqual([])
  expect(Object.keys(found)).toHaveLength(copied(again).entries + 1)
  await sh('chmod -R 700 hostile')
})

test('copyTo refuses the same', async () => {
  const directory = treeDirectory()
  const project = path.join(directory, 'project')
  mkdirSync(path.join(project, 'in'), { recursive: true })
  writeFileSync(path.join(project, 'in/file'), 'x')
  for (const target of ['/etc/passwd', '../../outside', 'a/../..', '..//../x']) {
    symlinkSync(target, path.join(project, 'in/bad'))
    const error = await rejection(sessions.copyTo(session, project, 'project'), 'FILE_ERROR')
    expect(error.details).toMatchObject({ reason: 'link', path: path.join(project, 'in/bad'), copied: { entries: 0 } })
    rmSync(path.join(project, 'in/bad'))
  }
  const server = createServer().listen(path.join(project, 'in/bad'))
  cleanUp(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  expect((await rejection(sessions.copyTo(session, project, 'project'), 'FILE_ERROR')).details).toMatchObject({ reason: 'kind' })
  expect(await sh('ls -A | grep -e project -e .cofferdam-')).toBe('')
  // Nor may the given path itself be such a file.
  symlinkSync('project', path.join(directory, 'link'))
  for (const [given, errno] of [[path.join(directory, 'link'), 'ELOOP'], ['/dev/zero', 'EINVAL'], ['/proc/self', 'ELOOP'], ['/proc', 'EACCES'], ['/proc/self/environ', 'EACCES']] as const) {
    expect((await rejection(sessions.copyTo(session, given, 'project'), 'FILE_ERROR')).details).toMatchObject({ errno, path: given })
  }
})

test('nothing is written through an existing link', async () => {
  await sh('mkdir -p fresh/a fresh/b && echo new > fresh/a/x && echo new > fresh/b/x')
  const directory = treeDirectory()
  const [outside, target] = [path.join(directory, 'outside'), path.join(directory, 'target')]
  mkdirSync(outside)
  mkdirSync(target)
  writeFileSync(path.join(outside, 'x'), 'kept')
  symlinkSync(outside, path.join(target, 'a'))
  symlinkSync(outside, path.join(directory, 'link'))
  expect((await rejection(sessions.copyFrom(session, 'fresh', target), 'FILE_ERROR')).details).toMatchObject({ errno: 'ENOTDIR', path: path.join(target, 'a') })
  expect((await rejection(sessions.copyFrom(session, 'fresh/a', path.join(directory, 'link')), 'FILE_ERROR')).details).toMatchObject({ errno: 'ENOTDIR' })
  rmSync(path.join(target, 'a'))
  symlinkSync(path.join(outside, 'x'), path.join(target, 'x'))
  await sessions.copyFrom(session, 'fresh/a', target)
  expect(readFileSync(path.join(target, 'x'), 'utf8')).toBe('new\n')
  expect(tree(outside)).toEqual({ x: 'file 644 kept' })
})

test('a copy that exceeds the limits is refused at once and leaves nothing (F7)', async () => {
  await sh('mkdir -p sparse many && truncate -s 8T sparse/huge && cd many && seq 1000 | xargs touch')
  const directory = treeDirectory()
  const target = path.join(directory, 'new')
  const before = process.memoryUsage().rss
  const huge = await rejection(sessions.copyFrom(session, 'sparse', target), 'FILE_TOO_LARGE')
  expect(huge.details).toMatchObject({ limit: 16 * 2 ** 30, path: 'sparse/huge' })
  expect(process.memoryUsage().rss - before).toBeLessThan(32 * 2 ** 20)
  await rejection(sessions.copyFrom(session, 'sparse/huge', target, { maxBytes: '1g' }), 'FILE_TOO_LARGE')
  const many = await rejection(sessions.copyFrom(session, 'many', target, { maxEntries: 999 }), 'FILE_TOO_LARGE')
  expect(many.details).toMatchObject({ limit: 999 })
  expect(readdirSync(directory)).toEqual([])
  expect(await sessions.copyFrom(session, 'many', target, { maxEntries: 1000, maxBytes: 0 })).toEqual({ entries: 1000, bytes: 0 })
  const large = path.join(directory, 'large')
  writeFileSync(large, '')
  truncateSync(large, 8 * 2 ** 40)
  await rejection(sessions.copyTo(session, large, 'large'), 'FILE_TOO_LARGE')
  await rejection(sessions.copyTo(session, target, 'new', { maxEntries: 10 }), 'FILE_TOO_LARGE')
  expect(await sh('ls -d new large 2>&1 | grep -c "No such"')).toBe('2\n')
})

test('a tree that keeps swapping with a link is copied correctly or refused (F2)', async () => {
  await sh('mkdir -p race/a/b secrets/b && echo inside > race/a/b/x && echo secret > secrets/b/x && ln -s ../secrets swap')
  await startSessionCommand(sessions, session, SWAP('race/a', 'swap'))
  const directory = treeDirectory()
  const outcomes = { whole: 0, refused: 0 }
  for (let round = 0; round < 300; round++) {
    const target = path.join(directory, String(round))
    const whole = await sessions.copyFrom(session, 'race', target).then(() => true, (error) => {
      expect(error.code).toBe('FILE_ERROR')
      return false
    })
    if (whole) expect(readFileSync(path.join(target, 'a/b/x'), 'utf8')).toBe('inside\n')
    else expect(readdirSync(directory)).not.toContain(String(round))
    outcomes[whole ? 'whole' : 'refused'] += 1
  }
  expect(outcomes.whole + outcomes.refused).toBe(300)
  expect(outcomes.refused).toBeGreaterThan(0)
  expect(Object.values(tree(directory)).filter((what) => what.includes('secret'))).toEqual([])
})

test('a copy never leaves a target that keeps swapping with a link (F2)', async () => {
  const victim = await sessions.createSession()
  const run = async (command: string) => (await sessions.executeCommand(victim, command)).stdout
  await run('mkdir -p target/a/b elsewhere/b && ln -s ../elsewhere swap')
  const project = path.join(treeDirectory(), 'project')
  mkdirSync(path.join(project, 'a/b/c'), { recursive: true })
  for (const name of ['a/x', 'a/b/x', 'a/b/c/x']) writeFileSync(path.join(project, name), 'x')
  await startSessionCommand(sessions, victim, SWAP('target/a', 'swap'))
  let refused = 0
  for (let round = 0; round < 300; round++) {
    await sessions.copyTo(victim, project, 'target').catch((error) => {
      expect(error.code).toBe('FILE_ERROR')
      refused += 1
    })
  }
  expect(refused).toBeGreaterThan(0)
  expect(await run('find elsewhere')).toBe('elsewhere\nelsewhere/b\n')
})

test('copying from a directory that changes meanwhile never reads other files of the host (F2)', async () => {
  // Hostile code runs in a sandbox that has the directory mounted, while the host copies it into another.
  const [directory, outside] = [treeDirectory(), treeDirectory()]
  chmodSync(directory, 0o777)
  const sandboxes = newSandboxes({ mounts: [{ type: 'bind', source: directory, target: '/shared', readOnly: false }] })
  writeFileSync(path.join(outside, 'x'), 'secret of the host')
  await sandboxes.exec('hostile', `cd /shared && mkdir -p project/a && echo inside > project/a/x && ln -s ${outside} swap`)
  await startCommand(sandboxes, 'hostile', SWAP('project/a', 'swap'), { cwd: '/shared' })
  let refused = 0
  for (let round = 0; round < 200; round++) {
    await sessions.copyTo(session, path.join(directory, 'project'), `from-host-${round}`).catch((error) => {
      expect(error.code).toBe('FILE_ERROR')
      refused += 1
    })
  }
  expect(refused).toBeGreaterThan(0)
  expect(await sh('cat from-host-*/a/x | sort -u')).toMatch(/^(inside\n)?$/)
})

test('nothing is copied from a workspace by its path on the host', async () => {
  const sandboxes = newSandboxes()
  const { workspace } = await sandboxes.getOrCreate('source')
  await sandboxes.writeFile('source', 'project/x', 'inside')
  const error = await rejection(sessions.copyTo(session, path.join(workspace.location, 'project'), 'from-workspace'), 'INVALID_ARGUMENT')
  expect(error.message).toContain('a data directory of sandboxes')
})

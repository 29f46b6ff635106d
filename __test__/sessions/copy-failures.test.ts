import { spawnSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { startNode } from '../support/node.ts'
import { cleanUp, newDataDir } from '../support/sandboxes.ts'
import { newManager, openManager } from '../support/sessions.ts'
import { copied, treeDirectory } from '../support/trees.ts'

const sessions = newManager({ cpus: 2, tmpfs: { '/tmp': '50m', '/small': '2m' } })
const session = await sessions.createSession()
const sh = async (command: string, id = session) => (await sessions.executeCommand(id, command)).stdout

/** The size of a large file, in bytes, and how many names it has where a copy is to take a while. Each becomes a file of its own. */
const LARGE = 64 * 2 ** 20
const NAMES = 64

/** A project on the host: small files, then a large one that has several names. */
function largeProject(size = LARGE, names = NAMES) {
  const project = path.join(treeDirectory(), 'project')
  mkdirSync(path.join(project, 'small'), { recursive: true })
  mkdirSync(path.join(project, 'z'))
  for (let count = 0; count < 100; count++) writeFileSync(path.join(project, `small/${count}`), 'x')
  writeFileSync(path.join(project, 'z/large'), Buffer.alloc(size, 'x'))
  for (let count = 1; count < names; count++) linkSync(path.join(project, 'z/large'), path.join(project, `z/large ${count}`))
  return project
}

/** The same in a sandbox, in the directory `large`. */
const MAKE_LARGE = `mkdir -p large && head -c ${LARGE} /dev/zero | tr '\\0' x > large/file && for name in $(seq ${NAMES - 1}); do ln large/file large/$name; done`

/** Waits until a partial copy appears in a directory of the host. */
const begun = (directory: string) => expect.poll(() => readdirSync(directory).some((name) => name.startsWith('.cofferdam-')), { timeout: 20_000 }).toBe(true)
const begunInside = (id = session) => expect.poll(() => sh('ls -d .cofferdam-* 2>/dev/null | wc -l', id), { timeout: 20_000 }).toBe('1\n')

test('an aborted copy leaves nothing', async () => {
  const project = largeProject()
  const into = new AbortController()
  const going = sessions.copyTo(session, project, 'aborted', { signal: into.signal })
  going.catch(() => {})
  await begunInside()
  into.abort()
  expect((await rejection(going, 'ABORTED')).details).toMatchObject({ copied: { entries: 0, bytes: 0 } })
  expect(await sh('ls -d aborted .cofferdam-* 2>/dev/null')).toBe('')

  await sh(MAKE_LARGE)
  const target = treeDirectory()
  const out = new AbortController()
  const coming = sessions.copyFrom(session, 'large', path.join(target, 'new'), { signal: out.signal })
  coming.catch(() => {})
  await begun(target)
  out.abort()
  expect((await rejection(coming, 'ABORTED')).details).toMatchObject({ copied: { entries: 0, bytes: 0 } })
  expect(readdirSync(target)).toEqual([])
  await rejection(sessions.copyFrom(session, 'large', target, { signal: AbortSignal.abort() }), 'ABORTED')
})

test('a copy whose container dies rejects with SANDBOX_LOST and leaves nothing', async () => {
  const victim = await sessions.createSession()
  await sh(MAKE_LARGE, victim)
  const target = treeDirectory()
  const coming = sessions.copyFrom(victim, 'large', path.join(target, 'new'))
  coming.catch(() => {})
  await begun(target)
  const { containerId } = await sessions.getSession(victim)
  await docker.getContainer(containerId ?? '').kill()
  const lost = await rejection(coming, 'SANDBOX_LOST')
  expect(lost.details).toMatchObject({ container: 'exited', copied: { entries: 0, bytes: 0 } })
  expect(readdirSync(target)).toEqual([])

  const going = sessions.copyTo(victim, largeProject(), 'new')
  going.catch(() => {})
  await begunInside(victim)
  await docker.getContainer(containerId ?? '').kill()
  await rejection(going, 'SANDBOX_LOST')
  expect(await sh('ls -d new 2>/dev/null', victim)).toBe('')
  // The agent could not clean up any more, so the next copy does.
  await sessions.copyTo(victim, largeProject(0, 1), 'again')
  expect(await sh('ls -A', victim)).toBe('.home\nagain\nlarge\n')
})

test('a copy resumes a paused container', async () => {
  const { containerId } = await sessions.getSession(session)
  const target = path.join(treeDirectory(), 'new')
  await sh('mkdir -p paused && echo x > paused/x')
  await docker.getContainer(containerId ?? '').pause()
  await sessions.copyFrom(session, 'paused', target)
  expect(readdirSync(target)).toEqual(['x'])
})

test('a full disk in the sandbox is DISK_LIMIT, and the copy is removed', async () => {
  const project = largeProject(10 * 2 ** 20, 1)
  const error = await rejection(sessions.copyTo(session, project, '/small/new'), 'DISK_LIMIT')
  expect(error.details).toMatchObject({ errno: 'ENOSPC', path: '/small/new/z/large', copied: { entries: 0, bytes: 0 } })
  expect(await sh('ls -A /small')).toBe('')
  // In an existing directory, files copied before the failure stay and are reported.
  await sh('mkdir /small/there')
  const { entries } = copied(await rejection(sessions.copyTo(session, project, '/small/there'), 'DISK_LIMIT'))
  expect(await sh('cd /small/there && ls -A . && find . -mindepth 1 | wc -l')).toBe(entries > 0 ? `small\n${entries}\n` : '0\n')
})

test.skipIf(process.getuid?.() !== 0)('a full disk on the host is DISK_LIMIT, and the copy is removed (needs root to mount a disk)', async () => {
  const disk = treeDirectory()
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status).toBe(0)
  cleanUp(() => spawnSync('umount', ['-l', disk]))
  await sh('mkdir -p full && head -c 5000000 /dev/zero | tr "\\\\0" x > full/file')
  const error = await rejection(sessions.copyFrom(session, 'full', path.join(disk, 'new')), 'DISK_LIMIT')
  expect(error.details).toMatchObject({ errno: 'ENOSPC', path: path.join(disk, 'new/file') })
  expect(readdirSync(disk)).toEqual([])
})

test('nothing is copied where access is denied', async () => {
  const project = largeProject(0, 1)
  for (const [target, errno] of [['/usr/new', 'EROFS'], ['/proc/new', 'ENOENT'], ['/root/new', 'EACCES']] as const) {
    expect((await rejection(sessions.copyTo(session, project, target), 'FILE_ERROR')).details?.errno, target).toBe(errno)
  }
  for (const [source, errno] of [['/root', 'EACCES'], ['/proc', 'EACCES'], ['/proc/1/maps', 'EACCES'], ['/dev/zero', 'EINVAL']] as const) {
    const target = path.join(project, 'new')
    expect((await rejection(sessions.copyFrom(session, source, target), 'FILE_ERROR')).details?.errno, source).toBe(errno)
    expect(existsSync(target)).toBe(false)
  }
})

test('a killed process leaves no target', async () => {
  const dataDir = newDataDir()
  const own = openManager(dataDir, { cpus: 2 })
  const id = await own.createSession()
  const run = async (command: string) => (await own.executeCommand(id, command)).stdout
  await run(MAKE_LARGE)
  const directory = treeDirectory()
  const target = path.join(directory, 'new')
  const options = { dataDir, cpus: 2 }
  const coming = startNode('copy.js', { options, call: ['copyFrom', id, 'large', target] })
  await begun(directory)
  coming.child.kill('SIGKILL')
  await coming.exit
  expect(existsSync(target)).toBe(false)
  // The next copy to this directory removes the partial one.
  await run('echo x > small')
  await own.copyFrom(id, 'small', path.join(directory, 'small'))
  expect(readdirSync(directory)).toEqual(['small'])

  const going = startNode('copy.js', { options, call: ['copyTo', id, largeProject(), 'new'] })
  await expect.poll(() => run('ls -d .cofferdam-* 2>/dev/null | wc -l'), { timeout: 20_000 }).toBe('1\n')
  going.child.kill('SIGKILL')
  await going.exit
  // The agent removes the partial copy.
  await expect.poll(() => run('ls -d new .cofferdam-* 2>/dev/null'), { timeout: 20_000 }).toBe('')
})

test('close ends copies and removes partial ones', async () => {
  const own = newManager({ cpus: 2 })
  const id = await own.createSession()
  await own.executeCommand(id, MAKE_LARGE)
  const directory = treeDirectory()
  const coming = own.copyFrom(id, 'large', path.join(directory, 'new'))
  coming.catch(() => {})
  await begun(directory)
  await own.close()
  await rejection(coming, 'CLOSED')
  await expect.poll(() => readdirSync(directory), { timeout: 20_000 }).toEqual([])
})

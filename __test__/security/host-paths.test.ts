import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, lchownSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { DockerExecutor, DockerSandbox, SandboxManager, VolumeManager } from '../../index.js'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { temporaryDirectory } from '../support/fake-engine.ts'
import { cleanUp, newDataDir, newSandboxes, open } from '../support/sandboxes.ts'
import { newExecutor } from '../support/tasks.ts'

const isRoot = process.getuid?.() === 0
const OTHER = 1000

/** A directory that only root can read, with a file in it. */
function secretDirectory(): string {
  const directory = path.join(temporaryDirectory(), 'secret')
  mkdirSync(directory, { mode: 0o700 })
  writeFileSync(path.join(directory, 'file'), 'secret', { mode: 0o600 })
  return directory
}

/** Expects that a secret directory and its file are as they were made. */
function expectUntouched(directory: string): void {
  expect([statSync(directory).uid, statSync(path.join(directory, 'file')).uid]).toEqual([process.getuid?.(), process.getuid?.()])
  expect(readFileSync(path.join(directory, 'file'), 'utf8')).toBe('secret')
}

test('a task does not work behind a link that a sandbox made', async () => {
  const secret = secretDirectory()
  const dataDir = newDataDir()
  await open(dataDir).exec('conv', `ln -s ${secret} link; mkdir inner; ln -s ${path.dirname(secret)} inner/up`)
  for (const isolation of ['docker', 'host'] as const) {
    const { executor } = newExecutor({ isolation })
    for (const name of ['link', 'inner/up/secret', 'inner', '.']) {
      const directory = path.join(dataDir, 'conv', name)
      const { details } = await rejection(executor.execute('cat file; echo changed > file', directory, { chownWorkspace: true }), 'INVALID_ARGUMENT')
      expect(details?.argument, name).toBe('workspaceDir')
    }
  }
  expectUntouched(secret)
})

test.runIf(isRoot)('a link of another user is not followed, wherever it is', async () => {
  const secret = secretDirectory()
  const place = temporaryDirectory()
  symlinkSync(path.dirname(secret), path.join(place, 'link'))
  lchownSync(path.join(place, 'link'), OTHER, OTHER)
  const target = path.join(place, 'link', 'secret')
  const { executor } = newExecutor()
  await rejection(executor.execute('true', target, { chownWorkspace: true }), 'INVALID_ARGUMENT')
  expect(() => newSandboxes({ mounts: [{ type: 'bind', source: target, target: '/data' }] })).toThrow(/symbolic link that belongs to user 1000/)
  const box = newSandboxes()
  await rejection(box.upload('conv', target, 'copied'), 'INVALID_ARGUMENT')
  await rejection(box.download('conv', '.', path.join(target, 'new')), 'INVALID_ARGUMENT')
  await rejection(open(target).exec('conv', 'true'), 'FILE_ERROR')
  const volumes = new VolumeManager()
  cleanUp(() => volumes.close())
  await rejection(volumes.mountWorkspace('task-of-paths', target), 'INVALID_ARGUMENT')
  expectUntouched(secret)
})

test('a mount that was replaced after it was named is not mounted', async () => {
  const place = temporaryDirectory()
  const source = path.join(place, 'source')
  mkdirSync(source)
  const box = newSandboxes({ mounts: [{ type: 'bind', source, target: '/data' }] })
  renameSync(source, path.join(place, 'aside'))
  symlinkSync('/', source)
  const { details } = await rejection(box.exec('conv', 'ls /data'), 'INVALID_ARGUMENT')
  expect(details?.argument).toBe('mounts')
})

test('a mount that changes places while sandboxes start is the right one or an error', async () => {
  const place = temporaryDirectory()
  const [source, other, aside] = ['source', 'other', 'aside'].map((name) => path.join(place, name)) as [string, string, string]
  for (const directory of [source, other]) {
    mkdirSync(directory)
    writeFileSync(path.join(directory, 'name'), path.basename(directory))
  }
  const box = newSandboxes({ mounts: [{ type: 'bind', source, target: '/data', readOnly: true }] })
  await box.exec('warm', 'true')
  const outcomes: string[] = []
  for (let round = 0; round < 6; round++) {
    // Swapped at different moments of the start.
    const swap = () => {
      renameSync(source, aside)
      renameSync(other, source)
      renameSync(aside, other)
    }
    const timer = setTimeout(swap, 20 + 25 * round)
    const begun = statSync(source).ino
    const outcome = await box.exec(`conv-${round}`, 'stat -c %i /data').then(
      ({ stdout }) => (Number(stdout) === begun ? 'same' : Number(stdout) === statSync(source).ino ? 'new' : 'other'),
      ({ code }) => code as string,
    )
    clearTimeout(timer)
    outcomes.push(outcome)
  }
  // A swap before the check leads to the new directory, one after it to an error; what was not checked is never used.
  expect(outcomes.every((outcome) => ['same', 'new', 'CONFLICT'].includes(outcome)), outcomes.join()).toBe(true)
})

test.runIf(isRoot)('a data directory of another user is not used', async () => {
  const directory = path.join(temporaryDirectory(), 'theirs')
  mkdirSync(directory, { mode: 0o777 })
  chownSync(directory, OTHER, OTHER)
  await rejection(new DockerSandbox({ dataDir: directory }).exec('conv', 'true'), 'FILE_ERROR')
  await rejection(new SandboxManager({ dataDir: directory }).createSession(), 'FILE_ERROR')
  await rejection(new DockerExecutor({ tasksDir: directory, logLevel: 'silent' }).execute('true'), 'FILE_ERROR')
  expect(existsSync(path.join(directory, '.cofferdam'))).toBe(false)
  expect(statSync(directory).uid).toBe(OTHER)
})

test('a volume that is really a directory of the host is judged like a bind', async () => {
  const allowed = temporaryDirectory()
  for (const [device, code] of [['/', 'INVALID_ARGUMENT'], ['/etc', 'INVALID_ARGUMENT'], ['/var/run', 'INVALID_ARGUMENT'], [allowed, undefined]] as const) {
    const name = `cofferdam-test-${process.pid}-${path.basename(device)}`
    await docker.createVolume({ Name: name, Driver: 'local', DriverOpts: { type: 'none', o: 'bind', device } })
    cleanUp(() => docker.getVolume(name).remove())
    const box = newSandboxes({ mounts: [{ type: 'volume', source: name, target: '/data' }] })
    if (code) expect((await rejection(box.exec('conv', 'ls /data'), code)).details?.argument).toBe('mounts')
    else expect((await box.exec('conv', 'stat -c %i /data')).stdout).toBe(`${statSync(allowed).ino}\n`)
    await box.remove('conv')
  }
})

const FORBIDDEN = ['/', '/bin', '/boot', '/dev', '/etc', '/etc/ssl', '/home', '/lib', '/opt', '/proc', '/root', '/run', '/sbin', '/srv', '/sys', '/tmp', '/usr', '/usr/bin', '/var', '/var/lib', '/var/lib/docker', '/var/run']

test.each(FORBIDDEN)('%s is not mounted, worked in, or used as a data directory', async (directory) => {
  expect(() => new DockerSandbox({ mounts: [{ type: 'bind', source: directory, target: '/data' }] })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  expect(() => new DockerSandbox({ dataDir: directory })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  const { executor } = newExecutor()
  await rejection(executor.execute('true', directory, { chownWorkspace: true }), 'INVALID_ARGUMENT')
  const volumes = new VolumeManager()
  cleanUp(() => volumes.close())
  await rejection(volumes.mountWorkspace('task-of-paths', directory), 'INVALID_ARGUMENT')
})

test.runIf(isRoot)('an alias of the root, and a directory that holds one, are not mounted', async () => {
  const place = temporaryDirectory()
  const alias = path.join(place, 'alias')
  mkdirSync(alias)
  expect(spawnSync('mount', ['--bind', '/', alias]).status).toBe(0)
  cleanUp(() => spawnSync('umount', ['-l', alias]))
  for (const source of [alias, path.join(alias, 'etc'), place]) {
    expect(() => new DockerSandbox({ mounts: [{ type: 'bind', source, target: '/data' }] }), source).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  }
})

test('no sandbox is given a data directory, its own or another’s, or one that holds its own', async () => {
  const [own, another] = [newDataDir(), newDataDir()]
  await open(another).exec('conv', 'true')
  for (const source of [another, path.join(another, 'conv')]) {
    expect(() => open(own, { mounts: [{ type: 'bind', source, target: '/data' }] }), source).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  }
  const above = path.dirname(own)
  await rejection(open(own, { mounts: [{ type: 'bind', source: above, target: '/data' }] }).exec('conv', 'true'), 'INVALID_ARGUMENT')
})

test('copies do not follow links into or out of a data directory', async () => {
  const secret = secretDirectory()
  const dataDir = newDataDir()
  const box = open(dataDir)
  await box.exec('conv', `ln -s ${secret} link; ln -s ${secret} out; echo hostile > payload`)
  for (const name of ['link', 'link/file']) {
    await rejection(box.upload('other', path.join(dataDir, 'conv', name), 'copied'), 'INVALID_ARGUMENT')
  }
  for (const name of ['out', 'out/file', 'out/new/file', 'new']) {
    await rejection(box.download('conv', 'payload', path.join(dataDir, 'conv', name)), 'INVALID_ARGUMENT')
  }
  expectUntouched(secret)
  expect(existsSync(path.join(secret, 'new'))).toBe(false)
})

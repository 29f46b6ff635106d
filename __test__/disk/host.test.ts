import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test as base } from 'vitest'
import type { DockerSandboxOptions } from '../../index.js'
import { MOUNTS, imageOf, loopDevicesBelow, mountsBelow } from '../support/disks.ts'
import { docker, execByHand } from '../support/docker.ts'
import { startNode } from '../support/node.ts'
import { newDataDir, open } from '../support/sandboxes.ts'
import { inOtherProcess, outcomes, type Outcome, type Step } from '../support/steps.ts'

const test = base.skipIf(!MOUNTS)
const OPTIONS = { disk: '16m' }

/** Runs steps in a process with its own mount namespace. */
function inMountNamespace(options: DockerSandboxOptions, steps: Step[]): Outcome[] {
  const script = fileURLToPath(new URL('../fixtures/sandbox.js', import.meta.url))
  const argument = JSON.stringify({ options, steps, end: 'close' })
  const { status, stdout, stderr } = spawnSync('unshare', ['-m', '--propagation', 'private', process.execPath, script, argument], { encoding: 'utf8' })
  expect(`${status} ${stderr}`).toBe('0 ')
  return outcomes(stdout)
}

/** Checks that nothing is mounted below the data directory, and that no loop device uses a file in it. */
async function expectNothingMounted(dataDir: string) {
  expect(mountsBelow(dataDir)).toEqual([])
  // The kernel may release loop devices with a delay.
  await expect.poll(() => loopDevicesBelow(dataDir)).toEqual([])
}

test('the host sees the sandbox’s files, and only those, in the workspace’s directory while the sandbox runs', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.getOrCreate('a')
  const workspace = path.join(dataDir, 'a')
  expect(readdirSync(workspace)).toEqual([])
  await box.writeFile('a', 'sub/file', 'x')
  expect(readFileSync(path.join(workspace, 'sub/file'), 'utf8')).toBe('x')
  writeFileSync(path.join(workspace, 'from-host'), 'y')
  expect(await box.readFile('a', 'from-host')).toBe('y')
  expect((await box.info('a')).workspace).toEqual({ kind: 'bind', location: workspace })
  expect(statSync(workspace)).toMatchObject({ uid: 1000, gid: 1000, mode: 0o40700 })
  expect(mountsBelow(dataDir)).toEqual([workspace])
})

test.each(['stop', 'remove'] as const)('%s unmounts the disk, and the next use finds the files again', async (method) => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'kept')
  await box[method]('a')
  await expectNothingMounted(dataDir)
  expect(existsSync(imageOf(dataDir, 'a'))).toBe(true)
  expect(await box.readFile('a', 'file')).toBe('kept')
})

test('removing the workspace leaves nothing, whatever it contained (F9)', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { disk: '256m', timeout: 120_000 })
  await box.exec('a', ['python3', '-c', 'import os\nfor i in range(30000):\n  os.mkdir("d"); os.chdir("d")'])
  await box.exec('a', 'mkdir locked && echo x > locked/file && chmod 0 locked; head -c 100M /dev/zero > big')
  const begun = performance.now()
  await box.remove('a', { workspace: true })
  expect(performance.now() - begun).toBeLessThan(10_000)
  expect(readdirSync(dataDir)).toEqual(['.cofferdam'])
  expect(existsSync(imageOf(dataDir, 'a'))).toBe(false)
  await expectNothingMounted(dataDir)
})

test('a host process inside the workspace blocks neither stop nor remove', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'kept')
  const visitor = startNode('sandbox.js', { options: { dataDir: newDataDir() }, steps: [], end: 'stay' }, { cwd: path.join(dataDir, 'a') })
  await visitor.wrote('READY')
  await box.stop('a')
  expect(await box.readFile('a', 'file')).toBe('kept')
  await box.remove('a', { workspace: true })
  expect(readdirSync(dataDir)).toEqual(['.cofferdam'])
  visitor.child.kill('SIGKILL')
  await visitor.exit
  await expectNothingMounted(dataDir)
})

test('a workspace that had files before the limit keeps them and gets a soft limit', async () => {
  const dataDir = newDataDir()
  await inOtherProcess({ dataDir }, [['writeFile', 'a', 'file', 'from before'], ['stop', 'a'], ['getOrCreate', 'b'], ['stop', 'b']])
  const box = open(dataDir, OPTIONS)
  expect(await box.readFile('a', 'file')).toBe('from before')
  expect((await box.info('a')).disk).toMatchObject({ limit: 16 * 1024 ** 2, enforcement: 'soft' })
  // An empty workspace gets a hard limit.
  await box.getOrCreate('b')
  expect((await box.info('b')).disk.enforcement).toBe('hard')
})

test('a running sandbox keeps its directory when it gets a limit', async () => {
  const dataDir = newDataDir()
  await inOtherProcess({ dataDir }, [['getOrCreate', 'a']])
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'x')
  expect((await box.info('a')).disk.enforcement).toBe('soft')
  expect(readFileSync(path.join(dataDir, 'a/file'), 'utf8')).toBe('x')
})

test('a foreign mount on the workspace’s directory is left alone', async () => {
  const dataDir = newDataDir()
  const workspace = path.join(dataDir, 'a')
  mkdirSync(workspace)
  expect(spawnSync('mount', ['-t', 'tmpfs', 'none', workspace]).status).toBe(0)
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'x')
  expect((await box.info('a')).disk.enforcement).toBe('soft')
  await box.remove('a')
  expect(mountsBelow(dataDir)).toEqual([workspace])
})

test('a container started by hand without its disk is restarted with it', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'kept')
  const { containerId } = await box.getOrCreate('a')
  await box.stop('a')
  await docker.getContainer(containerId).start()
  const second = open(dataDir, OPTIONS)
  expect(await second.readFile('a', 'file')).toBe('kept')
  expect((await second.getOrCreate('a')).containerId).toBe(containerId)
  expect((await second.exec('a', 'echo more > more')).exitCode).toBe(0)
  expect(readdirSync(path.join(dataDir, 'a')).sort()).toEqual(['file', 'more'])
})

test('the mount point of an unmounted disk is not writable', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  const { containerId } = await box.getOrCreate('a')
  await box.stop('a')
  expect(statSync(path.join(dataDir, 'a'))).toMatchObject({ uid: 0, gid: 0, mode: 0o40700 })
  await docker.getContainer(containerId).start()
  expect(await execByHand(containerId, '1000:1000', ['touch', '/workspace/file'])).toBe(1)
})

test('a disk unmounted by hand is mounted again, and the container keeps its files', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'kept')
  const { containerId } = await box.getOrCreate('a')
  expect(spawnSync('umount', [path.join(dataDir, 'a')]).status).toBe(0)
  const second = open(dataDir, OPTIONS)
  expect((await second.getOrCreate('a')).containerId).toBe(containerId)
  await second.writeFile('a', 'more', 'x')
  expect(readdirSync(path.join(dataDir, 'a')).sort()).toEqual(['file', 'more'])
  expect(loopDevicesBelow(dataDir)).toHaveLength(1)
})

test('a container that dies keeps its files', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'kept')
  await docker.getContainer((await box.getOrCreate('a')).containerId).kill()
  expect(await box.readFile('a', 'file')).toBe('kept')
  expect(loopDevicesBelow(dataDir)).toHaveLength(1)
})

test('a missing image leaves no disk behind', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { ...OPTIONS, image: 'no-such-image:1' })
  await expect(box.getOrCreate('a')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' })
  await expectNothingMounted(dataDir)
})

test('the limit is soft, without a disk, where the engine does not see this process’s mounts', async () => {
  const dataDir = newDataDir()
  const [written, info, ...rest] = inMountNamespace({ dataDir, ...OPTIONS }, [['writeFile', 'a', 'file', 'x'], ['info', 'a'], ['exec', 'a', 'cat file'], ['writeFile', 'b', 'file', 'x']])
  expect(written?.error).toBeUndefined()
  expect(info?.value.disk.enforcement).toBe('soft')
  expect(info?.value.workspace.kind).toBe('bind')
  expect(rest.map(({ error }) => error)).toEqual([undefined, undefined])
  expect(readFileSync(path.join(dataDir, 'a/file'), 'utf8')).toBe('x')
  expect(readdirSync(path.join(dataDir, '.cofferdam/disks'))).toEqual([])
  await expectNothingMounted(dataDir)
})

test('a process whose mounts the engine does not see keeps files that are on a disk', async () => {
  const dataDir = newDataDir()
  await inOtherProcess({ dataDir, ...OPTIONS }, [['writeFile', 'a', 'file', 'kept'], ['stop', 'a']])
  const [read] = inMountNamespace({ dataDir, ...OPTIONS }, [['readFile', 'a', 'file']])
  expect(read?.error).toMatchObject({ code: 'FILE_ERROR', hint: expect.stringMatching(/mount/) })
  await expectNothingMounted(dataDir)
  expect(await open(dataDir, OPTIONS).readFile('a', 'file')).toBe('kept')
})

test('a hundred calls at once, from two processes, create one disk', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  const other = inOtherProcess({ dataDir, ...OPTIONS }, [['exec', 'a', 'df --output=size . | tail -1']])
  const [[outcome], ...mine] = await Promise.all([other, ...Array.from({ length: 100 }, () => box.exec('a', 'df --output=size . | tail -1'))])
  expect(new Set([outcome?.value.stdout, ...mine.map(({ stdout }) => stdout)]).size).toBe(1)
  expect(loopDevicesBelow(dataDir)).toHaveLength(1)
  expect(mountsBelow(dataDir)).toHaveLength(1)
})

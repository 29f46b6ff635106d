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

/** Does steps in a process that has a mount namespace of its own. */
function inMountNamespace(options: DockerSandboxOptions, steps: Step[]): Outcome[] {
  const script = fileURLToPath(new URL('../fixtures/sandbox.js', import.meta.url))
  const argument = JSON.stringify({ options, steps, end: 'close' })
  const { status, stdout, stderr } = spawnSync('unshare', ['-m', '--propagation', 'private', process.execPath, script, argument], { encoding: 'utf8' })
  expect(`${status} ${stderr}`).toBe('0 ')
  return outcomes(stdout)
}

/** Nothing below the data directory is mounted, and no loop device has a file of it. */
async function expectNothingMounted(dataDir: string) {
  expect(mountsBelow(dataDir)).toEqual([])
  // The kernel may take a moment.
  await expect.poll(() => loopDevicesBelow(dataDir)).toEqual([])
}

test('the host sees the files in the workspace’s directory while the sandbox runs, and nothing else there', async () => {
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

test.each(['stop', 'remove'] as const)('%s unmounts the disk, and the next use has the files again', async (method) => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'kept')
  await box[method]('a')
  await expectNothingMounted(dataDir)
  expect(existsSync(imageOf(dataDir, 'a'))).toBe(true)
  expect(await box.readFile('a', 'file')).toBe('kept')
})

test('remove with the workspace leaves nothing, whatever was in it (F9)', async () => {
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

test('a process of the host in the workspace keeps it neither from being stopped nor from being removed', async () => {
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

test('files that were in the workspace before it had a limit stay, and the limit is soft', async () => {
  const dataDir = newDataDir()
  await inOtherProcess({ dataDir }, [['writeFile', 'a', 'file', 'from before'], ['stop', 'a'], ['getOrCreate', 'b'], ['stop', 'b']])
  const box = open(dataDir, OPTIONS)
  expect(await box.readFile('a', 'file')).toBe('from before')
  expect((await box.info('a')).disk).toMatchObject({ limit: 16 * 1024 ** 2, enforcement: 'soft' })
  // An empty one is as good as none.
  await box.getOrCreate('b')
  expect((await box.info('b')).disk.enforcement).toBe('hard')
})

test('a sandbox that runs goes on in its directory when it gets a limit', async () => {
  const dataDir = newDataDir()
  await inOtherProcess({ dataDir }, [['getOrCreate', 'a']])
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'x')
  expect((await box.info('a')).disk.enforcement).toBe('soft')
  expect(readFileSync(path.join(dataDir, 'a/file'), 'utf8')).toBe('x')
})

test('what somebody has mounted on the workspace’s directory is left there', async () => {
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

test('a container that was started by hand, without its disk, is started again with it', async () => {
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

test('nothing can be written to the directory below a disk that is not mounted', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  const { containerId } = await box.getOrCreate('a')
  await box.stop('a')
  expect(statSync(path.join(dataDir, 'a'))).toMatchObject({ uid: 0, gid: 0, mode: 0o40700 })
  await docker.getContainer(containerId).start()
  expect(await execByHand(containerId, '1000:1000', ['touch', '/workspace/file'])).toBe(1)
})

test('a disk that was unmounted by hand is mounted again, and the container goes on with the same files', async () => {
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

test('a container that ends by itself keeps its files', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'kept')
  await docker.getContainer((await box.getOrCreate('a')).containerId).kill()
  expect(await box.readFile('a', 'file')).toBe('kept')
  expect(loopDevicesBelow(dataDir)).toHaveLength(1)
})

test('an image that is missing leaves no disk behind that was made for it', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { ...OPTIONS, image: 'no-such-image:1' })
  await expect(box.getOrCreate('a')).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' })
  await expectNothingMounted(dataDir)
})

test('where the engine does not see what this process mounts, the limit is soft, and no disk is left', async () => {
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

test('files on a disk are not given up by a process whose mounts the engine does not see', async () => {
  const dataDir = newDataDir()
  await inOtherProcess({ dataDir, ...OPTIONS }, [['writeFile', 'a', 'file', 'kept'], ['stop', 'a']])
  const [read] = inMountNamespace({ dataDir, ...OPTIONS }, [['readFile', 'a', 'file']])
  expect(read?.error).toMatchObject({ code: 'FILE_ERROR', hint: expect.stringContaining('mount namespace') })
  await expectNothingMounted(dataDir)
  expect(await open(dataDir, OPTIONS).readFile('a', 'file')).toBe('kept')
})

test('a hundred calls at once, from two processes, make one disk', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  const other = inOtherProcess({ dataDir, ...OPTIONS }, [['exec', 'a', 'df --output=size . | tail -1']])
  const [[outcome], ...mine] = await Promise.all([other, ...Array.from({ length: 100 }, () => box.exec('a', 'df --output=size . | tail -1'))])
  expect(new Set([outcome?.value.stdout, ...mine.map(({ stdout }) => stdout)]).size).toBe(1)
  expect(loopDevicesBelow(dataDir)).toHaveLength(1)
  expect(mountsBelow(dataDir)).toHaveLength(1)
})

import { expect, test as base } from 'vitest'
import { MOUNTS } from '../support/disks.ts'
import { execByHand } from '../support/docker.ts'
import { newDataDir, open } from '../support/sandboxes.ts'

const test = base.skipIf(!MOUNTS)
const OPTIONS = { disk: '16m' }

test('a sandbox cannot see where its files are on the host, or that other sandboxes exist (F17)', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.getOrCreate('other-conversation')
  const { stdout } = await box.exec('this-conversation', 'cat /proc/self/mountinfo /proc/mounts /proc/self/mountstats /proc/self/maps /proc/self/cgroup')
  expect(stdout).toContain(' / /workspace ')
  for (const secret of [dataDir, 'other-conversation', 'this-conversation', '.cofferdam/disks']) expect(stdout).not.toContain(secret)
})

test('devices can be neither created nor used in the workspace, not even by root in the container (F4)', async () => {
  const box = open(newDataDir(), OPTIONS)
  const { containerId } = await box.getOrCreate('a')
  const made = await box.exec('a', 'mknod disk b 254 0; mknod null c 1 3')
  expect(made.exitCode).toBe(1)
  expect(made.stderr).toMatch(/Operation not permitted[^]*Operation not permitted/)
  const flags = await box.exec('a', "awk '$5 == \"/workspace\" { print $6 }' /proc/self/mountinfo")
  expect(flags.stdout.trim().split(',')).toEqual(expect.arrayContaining(['nodev', 'nosuid']))
  expect(await execByHand(containerId, '0:0', ['mknod', '/workspace/disk', 'b', '254', '0'])).toBe(1)
})

test('a set-user-id file gives nobody its owner’s rights (F5)', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.exec('a', 'cp /usr/bin/id mine && chmod 6755 mine')
  await box.close()
  // As another user, so that the owner's rights would show.
  const other = open(dataDir, { ...OPTIONS, user: '2000:2000' })
  const { stdout } = await other.exec('a', './mine -u; ./mine -g')
  expect(stdout).toBe('2000\n2000\n')
})

test('two sandboxes have separate file systems, so no hard link leads from one to the other (F6)', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, OPTIONS)
  await box.writeFile('a', 'file', 'x')
  await box.writeFile('b', 'file', 'x')
  const devices = await Promise.all(['a', 'b'].map(async (id) => (await box.exec(id, 'stat -c %d . /etc')).stdout.split('\n')))
  expect(new Set(devices.map(([workspace]) => workspace)).size).toBe(2)
  expect(devices[0]?.[0]).not.toBe(devices[0]?.[1])
  expect((await box.exec('a', 'ln /etc/passwd copy')).stderr).toMatch(/cross-device/i)
})

import { expect, test } from 'vitest'
import { cleanUp, newDataDir, open } from '../support/sandboxes.ts'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { startNode } from '../support/node.ts'
import { outcomes } from '../support/steps.ts'
import type { DockerSandboxOptions } from '../../index.js'

const TAG = `cofferdam-test-${process.pid}`

async function otherImage(): Promise<string> {
  await docker.getImage('ai-sandbox:latest').tag({ repo: TAG, tag: 'other' })
  cleanUp(() => docker.getImage(`${TAG}:other`).remove({ noprune: true }))
  return `${TAG}:other`
}

/** The containers that two consecutive owners get. */
async function change(dataDir: string, before: DockerSandboxOptions, after: DockerSandboxOptions) {
  const first = open(dataDir, before)
  const old = await first.getOrCreate('a')
  await first.exec('a', 'echo kept > file')
  await first.close()
  const second = open(dataDir, after)
  const box = await second.getOrCreate('a')
  return { old, box }
}

test('another image replaces the container and keeps the workspace', async () => {
  const image = await otherImage()
  const dataDir = newDataDir()
  const { old, box } = await change(dataDir, {}, { image })
  expect(box.containerId).not.toBe(old.containerId)
  expect(await box.info()).toMatchObject({ image })
  expect(await box.readFile('file')).toBe('kept\n')
  await box.remove()
})

const CHANGES: [string, DockerSandboxOptions, DockerSandboxOptions][] = [
  ['mount', {}, { mounts: [{ type: 'bind', source: '/usr/share', target: '/data', readOnly: true }] }],
  ['network', {}, { network: 'none' }],
  ['tmpfs', {}, { tmpfs: { '/scratch': '1m' } }],
  ['read-only root', {}, { readOnly: true }],
]

test.each(CHANGES)('another %s replaces the container and keeps the workspace', async (_, before, after) => {
  const { old, box } = await change(newDataDir(), before, after)
  expect(box.containerId).not.toBe(old.containerId)
  expect(await box.readFile('file')).toBe('kept\n')
})

test('another user replaces the container and gets ownership of the workspace', async () => {
  const { old, box } = await change(newDataDir(), {}, { user: '2000:2001' })
  expect(box.containerId).not.toBe(old.containerId)
  expect((await box.exec('id -u; id -g; cat file; echo more > other')).stdout).toBe('2000\n2001\nkept\n')
  expect(await box.info()).toMatchObject({ user: '2000:2001' })
})

test('another user keeps a volume workspace as well', async () => {
  const { old, box } = await change(newDataDir(), { workspace: 'volume' }, { workspace: 'volume', user: '2000:2000' })
  expect(box.containerId).not.toBe(old.containerId)
  expect((await box.exec('id -u; cat file; echo more > other && cat other')).stdout).toBe('2000\nkept\nmore\n')
})

test('other limits are applied to the existing container', async () => {
  const { old, box } = await change(newDataDir(), {}, { memory: '300m', cpus: 1.5, pids: 33 })
  expect(box.containerId).toBe(old.containerId)
  const { HostConfig } = await docker.getContainer(box.containerId).inspect()
  expect(HostConfig).toMatchObject({ Memory: 300 * 1024 * 1024, MemorySwap: 300 * 1024 * 1024, PidsLimit: 41 })
  expect(HostConfig.CpuQuota / HostConfig.CpuPeriod).toBe(1.5)
  const seen = await box.exec('cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null')
  expect(seen.stdout.trim()).toBe(String(300 * 1024 * 1024))
})

test('limits are applied to a stopped container', async () => {
  const dataDir = newDataDir()
  const first = open(dataDir)
  const { containerId } = await first.getOrCreate('a')
  await first.stop('a')
  await first.close()
  const second = open(dataDir, { pids: 20 })
  expect((await second.getOrCreate('a')).containerId).toBe(containerId)
  expect((await docker.getContainer(containerId).inspect()).HostConfig.PidsLimit).toBe(28)
})

test('another timeout or environment keeps the container', async () => {
  const { old, box } = await change(newDataDir(), {}, { timeout: 1000, env: { A: 'b' }, outputLimit: 10 })
  expect(box.containerId).toBe(old.containerId)
  expect((await box.exec('echo $A')).stdout).toBe('b\n')
})

test('two processes with different options cannot share a sandbox', async () => {
  const dataDir = newDataDir()
  const other = startNode('sandbox.js', { options: { dataDir }, steps: [['getOrCreate', 'a'], ['exec', 'a', 'sleep 444 &']], end: 'stay' })
  await other.wrote('READY')
  const box = open(dataDir, { network: 'none' })
  const error = await rejection(box.getOrCreate('a'), 'CONFLICT')
  expect(error.message).toContain('a')
  expect(error.hint).toMatch(/process|options/)
  other.child.kill('SIGKILL')
  const [made] = outcomes((await other.exit).stdout)
  // The other process has ended, so the container may be replaced.
  expect((await box.getOrCreate('a')).containerId).not.toBe(made?.value.containerId)
})

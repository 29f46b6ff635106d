import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { docker, volumesOf } from '../support/docker.ts'
import { scriptedEngine } from '../support/fake-engine.ts'
import { nameOf } from '../support/names.ts'
import { namespace, newDataDir, newSandboxes, open } from '../support/sandboxes.ts'

test("workspace 'volume' keeps files in a labelled volume", async () => {
  const dataDir = newDataDir()
  const box = open(dataDir, { workspace: 'volume' })
  const { containerId, workspace } = await box.getOrCreate('a')
  expect(workspace).toEqual({ kind: 'volume', location: nameOf(dataDir, 'a') })
  await box.writeFile('a', 'sub/file', 'x')
  expect(await box.exec('a', 'echo y > made; stat -c %u:%g . made sub sub/file')).toMatchObject({ exitCode: 0, stdout: '1000:1000\n'.repeat(4) })
  expect(existsSync(path.join(dataDir, 'a'))).toBe(false)
  const mounted = (await docker.getContainer(containerId).inspect()).Mounts.find(({ Destination }) => Destination === '/workspace')
  expect(mounted).toMatchObject({ Type: 'volume', Name: workspace.location, RW: true })

  await box.remove('a')
  expect(await box.readFile('a', 'sub/file')).toBe('x')
  await box.remove('a', { workspace: true })
  expect(await volumesOf(namespace(dataDir))).toEqual([])
})

test("workspace 'bind', and on this machine 'auto', keep files in the data directory", async () => {
  for (const workspace of ['bind', 'auto', undefined] as const) {
    const dataDir = newDataDir()
    const box = open(dataDir, { workspace })
    await box.writeFile('a', 'file', 'x')
    expect((await box.info('a')).workspace).toEqual({ kind: 'bind', location: path.join(dataDir, 'a') })
    expect(readFileSync(path.join(dataDir, 'a/file'), 'utf8')).toBe('x')
    expect((await box.exec('a', 'ls -A')).stdout).toBe('file\n')
  }
})

test("'auto' is a volume on an engine that labels files for SELinux, and 'bind' stays one", async () => {
  const info = await docker.info()
  const SecurityOptions = [...info.SecurityOptions, 'name=selinux']
  const { address: engine } = await scriptedEngine([[/^GET \S*\/info/, '200 OK', { ...info, SecurityOptions }]])
  for (const workspace of ['auto', 'bind'] as const) {
    const box = newSandboxes({ engine, workspace, network: 'none' })
    await box.writeFile('a', 'file', 'kept')
    expect((await box.exec('a', 'cat file; stat -c %u file')).stdout).toBe('kept1000\n')
    expect((await box.info('a')).workspace.kind).toBe(workspace === 'auto' ? 'volume' : 'bind')
  }
})

test("'auto' keeps using an existing volume", async () => {
  const dataDir = newDataDir()
  const first = open(dataDir, { workspace: 'volume' })
  await first.writeFile('a', 'file', 'in the volume')
  const { containerId } = await first.getOrCreate('a')
  await first.close()
  const second = open(dataDir)
  expect(await second.readFile('a', 'file')).toBe('in the volume')
  expect((await second.getOrCreate('a')).containerId).toBe(containerId)
})

test('a workspace deleted under a stopped sandbox is created again', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  await box.writeFile('a', 'file', 'x')
  await box.stop('a')
  rmSync(path.join(dataDir, 'a'), { recursive: true })
  expect(await box.exec('a', 'ls -A; touch new')).toMatchObject({ exitCode: 0, stdout: '' })
})

test('a volume belongs to the configured user', async () => {
  const box = newSandboxes({ workspace: 'volume', user: '2000:2001' })
  await box.writeFile('a', 'sub/file', 'x')
  expect((await box.exec('a', ['stat', '-c', '%u:%g', '.', 'sub/file'])).stdout).toBe('2000:2001\n2000:2001\n')
})

test('a volume belongs to the user even with a read-only root', async () => {
  const box = newSandboxes({ workspace: 'volume', user: '2000:2001', readOnly: true })
  await box.writeFile('a', 'file', 'x')
  expect(await box.readFile('a', 'file')).toBe('x')
})

import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { DockerSandboxOptions } from '../../index.js'
import { docker } from '../support/docker.ts'
import { cleanUp, newSandboxes } from '../support/sandboxes.ts'
import { newExecutor } from '../support/tasks.ts'

/** What a package manager does: it unpacks more than a small /tmp holds, and runs a program there. */
const BUILD = `set -e
place=$(mktemp -d)
head -c 100m /dev/zero > $place/large
printf '#!/bin/sh\\necho built\\n' > $place/configure
chmod +x $place/configure
$place/configure
python3 -c 'import tempfile; print(tempfile.gettempdir() == "'$TMPDIR'")'
node -p 'os.tmpdir() === "'$TMPDIR'"'`

const SMALL_TMP: Record<string, DockerSandboxOptions> = { 'a session': { profile: 'session' }, 'a /tmp in memory': { tmpfs: { '/tmp': '64m' } } }

test.each(Object.entries(SMALL_TMP))('temporary files of %s are on a disk, where programs may run', async (_, options) => {
  const { stdout, stderr } = await newSandboxes({ cpus: 2, network: 'none', ...options }).exec('a', BUILD)
  expect({ stdout, stderr }).toEqual({ stdout: 'built\nTrue\ntrue\n', stderr: '' })
})

test('temporary files are gone after a stop, and after a kill', async () => {
  const box = newSandboxes({ profile: 'session', disk: 'unlimited' })
  const { containerId } = await box.getOrCreate('a')
  const everything = 'find ~ -mindepth 2 | wc -l'
  const litter = `mkdir -p $TMPDIR/a/b && touch $TMPDIR/a/b/c && chmod 000 $TMPDIR/a && ${everything}`
  expect(Number((await box.exec('a', litter)).stdout)).toBeGreaterThan(0)
  await box.stop('a')
  const { location } = (await box.info('a')).workspace
  expect(readdirSync(path.join(location, '.home'))).toEqual([])
  await box.exec('a', litter)
  await docker.getContainer(containerId).kill()
  await expect.poll(async () => (await box.exec('a', everything)).stdout).toBe('0\n')
  expect((await box.exec('a', 'touch "$(mktemp)" && echo ok')).stdout).toBe('ok\n')
})

test('a /tmp on a disk stays the place, and so does one that the caller names', async () => {
  const box = newSandboxes({ network: 'none' })
  expect((await box.exec('a', 'echo "$TMPDIR"; mktemp -u')).stdout).toMatch(/^\n\/tmp\//)
  const session = newSandboxes({ profile: 'session', env: { TMPDIR: '/run' } })
  expect((await session.exec('a', 'echo $TMPDIR')).stdout).toBe('/run\n')
})

test('a link in place of the directory is not followed', async () => {
  const box = newSandboxes({ profile: 'session' })
  await box.exec('a', 'mkdir kept && touch kept/file && rm -rf ~/.cofferdam-tmp && ln -s /workspace/kept ~/.cofferdam-tmp')
  await box.stop('a')
  expect((await box.exec('a', 'ls kept')).stdout).toContain('file')
})

test('a task leaves no temporary files in a directory of the caller’s', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'cofferdam-temporary-'))
  cleanUp(() => rmSync(directory, { recursive: true, force: true }))
  chownSync(directory, 1000, 1000)
  const { executor } = newExecutor()
  const { stdout } = await executor.execute('mktemp', directory)
  expect(stdout).toMatch(/^\/tmp\//)
  expect(readdirSync(directory)).toEqual([])
})

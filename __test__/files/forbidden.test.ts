import { expect, test } from 'vitest'
import { rejection } from '../support/errors.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

const FORBIDDEN = [
  '/etc/shadow',
  '/root/.bashrc',
  '/proc/1/environ',
  '/proc/1/mem',
  '/proc/1/maps',
  '/proc/1/fd/0',
  '/proc/self/environ',
  '/proc/self/mem',
  '/proc/self/maps',
  '/proc/self/fd/0',
  '/proc/self/fd/3',
  '/proc/self/root/etc/shadow',
  '/proc/self/root/etc/hostname',
  '/proc/1/root/etc/shadow',
  '/proc/thread-self/fd/0',
  '/dev/fd/0',
  '/dev/stdin',
  '/run/cofferdam/agent.sock',
]

test.each(FORBIDDEN)("%s, which belongs to the agent, cannot be read", async (path) => {
  const error = await rejection(box.readFile('a', path), 'FILE_ERROR')
  expect(['EACCES', 'EPERM', 'ELOOP', 'EIO', 'EINVAL']).toContain(error.details?.errno)
})

test.each(FORBIDDEN)('a link to %s cannot be read', async (path) => {
  await box.exec('a', ['ln', '-sfT', path, 'link'])
  await rejection(box.readFile('a', 'link'), 'FILE_ERROR')
})

test.each(['/proc/self/fd/1', '/proc/1/fd/1', '/proc/self/root/tmp/x', '/proc/self/cwd/tmp/x', '/dev/stdout', '/proc/self/oom_score_adj', '/proc/1/oom_score_adj', '/proc/self/attr/current', '/run/cofferdam/x', '/.cofferdam/agent', '/proc/sys/kernel/core_pattern', '/sys/kernel/x'])(
  '%s cannot be written',
  async (path) => {
    await rejection(box.writeFile('a', path, '0'), 'FILE_ERROR')
  },
)

test('the sandbox keeps working', async () => {
  expect((await box.exec('a', 'echo ok')).stdout).toBe('ok\n')
})

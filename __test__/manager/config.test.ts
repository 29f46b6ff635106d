import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { ContainerConfig } from '../../index.js'
import { docker } from '../support/docker.ts'
import { rejection } from '../support/errors.ts'
import { collect, create, newManager, run } from '../support/manager.ts'
import { cleanUp } from '../support/sandboxes.ts'

const manager = newManager()

test('what was asked for is what a command finds', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'cofferdam-test-'))
  chmodSync(directory, 0o777)
  writeFileSync(path.join(directory, 'a'), 'from the host')
  const volume = `cofferdam-test-${randomUUID()}`
  cleanUp(async () => {
    rmSync(directory, { recursive: true })
    await docker.getVolume(volume).remove().catch(() => {})
  })
  const id = await run(manager, {
    env: { GREETING: 'hello' },
    workingDir: '/tmp',
    user: '1234:1234',
    hostname: 'here',
    network: 'none',
    mounts: [
      { type: 'bind', source: directory, target: '/bind', readOnly: true },
      { type: 'volume', source: volume, target: '/volume' },
      { type: 'tmpfs', target: '/memory', size: '1m' },
    ],
    resourceLimits: { memory: '64m', cpus: 0.5, cpuShares: 256, pids: 50 },
    security: { readOnly: true, capDrop: ['ALL'], noNewPrivileges: true },
  })
  cleanUp(() => docker.getContainer(id).remove({ force: true }).catch(() => {}))
  const { stdout } = await manager.exec(id, 'echo $GREETING; pwd; id -u; hostname; cat /bind/a; echo; touch /bind/b /x 2>&1; df -k /memory | tail -1 | awk "{print \\$2}"; ls /sys/class/net; grep -E "CapEff|NoNewPrivs" /proc/self/status')
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining(['hello', '/tmp', '1234', 'here', 'from the host', '1024', 'lo', 'CapEff:\t0000000000000000', 'NoNewPrivs:\t1']),
  )
  expect(stdout).toContain("touch: cannot touch '/bind/b': Read-only file system")
  expect(stdout).toContain("touch: cannot touch '/x': Read-only file system")
  const { HostConfig } = await docker.getContainer(id).inspect()
  expect(HostConfig).toMatchObject({ Memory: 64 * 2 ** 20, MemorySwap: 64 * 2 ** 20, NanoCpus: 500_000_000, CpuShares: 256, PidsLimit: 50 })
})

test('a string is a command line, an array is words', async () => {
  const logs = async (command: string | string[]) => {
    const id = await run(manager, { command })
    await manager.wait(id)
    return (await collect(manager.getContainerLogs(id))).map(({ data }) => data).join('')
  }
  expect(await logs('echo $((1 + 1))')).toBe('2\n')
  expect(await logs(['echo', '$((1 + 1))'])).toBe('$((1 + 1))\n')
})

test('a restart policy restarts', async () => {
  const id = await run(manager, { command: 'exit 1', restartPolicy: { name: 'on-failure', maximumRetryCount: 2 } })
  await expect.poll(() => manager.getContainerStatus(id), { timeout: 10_000 }).toMatchObject({ state: 'exited', restarts: 2, exitCode: 1 })
})

test('one that removes itself is gone', async () => {
  const id = await run(manager, { command: 'true', autoRemove: true })
  await expect.poll(() => manager.getContainerStatus(id).catch(({ code }) => code), { timeout: 10_000 }).toBe('NOT_FOUND')
})

test('the environment sets limits for those that name none', async () => {
  const variables = { CONTAINER_MEMORY_MB: '128', CONTAINER_CPU_SHARES: '512', CONTAINER_PIDS_LIMIT: '64' }
  Object.assign(process.env, variables)
  cleanUp(() => Object.keys(variables).forEach((name) => delete process.env[name]))
  const limited = newManager()
  const id = await create(limited, { resourceLimits: { pids: 32 } })
  const { HostConfig } = await docker.getContainer(id).inspect()
  expect(HostConfig).toMatchObject({ Memory: 128 * 2 ** 20, CpuShares: 512, PidsLimit: 32 })
})

test.each([['CONTAINER_MEMORY_MB', 'much'], ['CONTAINER_MEMORY_MB', '1'], ['CONTAINER_CPU_SHARES', '-1'], ['CONTAINER_PIDS_LIMIT', '1.5']])(
  '%s=%s is refused',
  (name, value) => {
    process.env[name] = value
    cleanUp(() => delete process.env[name])
    expect(() => newManager()).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  },
)

const WRONG: [object, string, string?][] = [
  [{ image: undefined }, 'image'],
  [{ image: 'no image' }, 'image'],
  [{ name: '-a' }, 'name'],
  [{ imagee: 'a' }, 'imagee', 'did you mean "image"'],
  [{ resourceLimits: { memmory: '1g' } }, 'memmory', 'did you mean "memory"'],
  [{ resourceLimits: { memory: '1m' } }, 'memory'],
  [{ resourceLimits: { cpus: 0 } }, 'cpus'],
  [{ resourceLimits: { blkioWeight: 1 } }, 'blkioWeight'],
  [{ mounts: [{ type: 'bind', source: 'a', target: '/a' }] }, 'mounts'],
  [{ mounts: [{ type: 'bind', source: '/a', target: '/a', readonly: true }] }, 'readonly', 'did you mean "readOnly"'],
  [{ mounts: [{ type: 'tmpfs', source: '/a', target: '/a' }] }, 'mounts'],
  [{ restartPolicy: 'sometimes' }, 'restartPolicy'],
  [{ security: { readonly: true } }, 'readonly', 'did you mean "readOnly"'],
  [{ env: { 'A=B': 'c' } }, 'env'],
  [{ ports: { http: 80 } }, 'ports'],
  [{ workingDir: 'a' }, 'workingDir'],
  [{ dns: ['example.org'] }, 'dns'],
]

test.each(WRONG)('%j is refused', async (config, argument, words) => {
  const error = await rejection(create(manager, config as Partial<ContainerConfig>), 'INVALID_ARGUMENT')
  expect(error.details?.argument).toBe(argument)
  if (words) expect(error.message).toContain(words)
})

test('an image that is not there is named, with what to do', async () => {
  const error = await rejection(create(manager, { image: 'no-such-image:1' }), 'IMAGE_NOT_FOUND')
  expect(error.details?.image).toBe('no-such-image:1')
  expect(error.hint).toContain('docker pull')
})

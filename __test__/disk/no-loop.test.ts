import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test as base } from 'vitest'
import { MOUNTS } from '../support/disks.ts'
import { newDataDir } from '../support/sandboxes.ts'
import { inOtherProcess } from '../support/steps.ts'

const test = base.skipIf(!MOUNTS)
const MiB = 1024 ** 2
const OPTIONS = { disk: '16m', network: 'none', cpus: 2 } as const

/** What to write in front of a command so that it has a /dev with only what programs need: no loop devices. */
const NO_LOOP = ['unshare', '--mount', 'sh', '-ec', 'mount -t tmpfs none /dev; mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/urandom c 1 9; exec "$@"', 'sh']

/** The same, with a device for loop devices that refuses everything. */
const LOOP_OF_NOBODY = ['unshare', '--mount', 'sh', '-ec', 'mount --bind /dev/null /dev/loop-control; exec "$@"', 'sh']

test.each([
  ['has no loop devices', NO_LOOP],
  ['may not use its loop devices', LOOP_OF_NOBODY],
] as const)('where this process %s, the limit is soft and in force', async (_, prefix) => {
  const dataDir = newDataDir()
  const [written, info, full, after, removed] = await inOtherProcess(
    { dataDir, ...OPTIONS },
    [['writeFile', 'a', 'file', 'kept'], ['info', 'a'], ['exec', 'a', 'head -c 100M /dev/zero > big; sleep 5; echo survived'], ['exec', 'a', 'cat file; rm big'], ['remove', 'a', { workspace: true }]],
    { prefix: [...prefix] },
  )
  expect([written?.error, removed?.error]).toEqual([undefined, undefined])
  expect(info?.value).toMatchObject({ workspace: { kind: 'bind' }, disk: { limit: 16 * MiB, enforcement: 'soft' } })
  expect(full?.error?.code).toBe('DISK_LIMIT')
  expect(after?.value.stdout).toBe('kept')
  expect(readdirSync(path.join(dataDir, '.cofferdam/disks'))).toEqual([])
})

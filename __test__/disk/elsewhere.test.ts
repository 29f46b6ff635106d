import { expect, test } from 'vitest'
import { docker, execByHand } from '../support/docker.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const MiB = 1024 ** 2

test('a full /tmp fails writes to it, and the sandbox keeps working (R4)', async () => {
  const box = newSandboxes({ profile: 'session', memory: '64m', tmpfs: { '/tmp': '32m' } })
  const { containerId } = await box.getOrCreate('a')
  const filled = await box.exec('a', 'cat /dev/zero > /tmp/full')
  expect(filled).toMatchObject({ exitCode: 1, oomKilled: false })
  expect(filled.stderr).toContain('No space left on device')
  for (let i = 0; i < 5; i++) expect(await box.exec('a', ['echo', 'well'])).toMatchObject({ exitCode: 0, stdout: 'well\n' })
  await box.writeFile('a', 'file', Buffer.alloc(4 * MiB))
  expect((await box.exec('a', 'rm /tmp/full && echo x > /tmp/again && cat /tmp/again')).stdout).toBe('x\n')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})

test('a session can write to disk only in its workspace; other writable directories are limited memory (R7)', async () => {
  const box = newSandboxes({ profile: 'session', disk: '16m' })
  // Every writable directory with its file system type.
  const find = "find / -xdev -type d -writable 2>/dev/null | sort -u; awk '$4 ~ /^rw/ { print $2 }' /proc/mounts"
  const { stdout } = await box.exec('a', `(${find}) | while read -r place; do t=$(mktemp -p "$place" 2>/dev/null) && rm "$t" && stat -f -c "%T $place" "$place"; done | sort -u`)
  const places = stdout.trim().split('\n').map((line) => line.split(' ') as [string, string])
  const onDisk = places.filter(([kind]) => !['tmpfs', 'mqueue'].includes(kind)).map(([, place]) => place.split('/')[1])
  expect(new Set(onDisk)).toEqual(new Set(['workspace']))
  const inMemory = places.filter(([kind]) => kind === 'tmpfs').map(([, place]) => place)
  expect(inMemory).toEqual(expect.arrayContaining(['/dev/shm', '/tmp']))
  for (const place of ['/dev/shm', '/run', '/tmp']) {
    const size = (await box.exec('a', ['stat', '-f', '-c', '%b %S', place])).stdout
    const [blocks = NaN, block = NaN] = size.trim().split(' ').map(Number)
    // A quarter of the session's memory.
    expect(blocks * block).toBeLessThanOrEqual(128 * MiB)
  }
})

test('output written to PID 1’s streams takes no space on the host’s disk (R8)', async () => {
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('a')
  await box.exec('a', 'for fd in 1 2; do (head -c 20M /dev/zero > /proc/1/fd/$fd) 2>/dev/null; done; true')
  // Root may write there; the engine must discard it.
  await execByHand(containerId, '0:0', ['sh', '-c', 'head -c 20000000 /dev/zero > /proc/1/fd/1; head -c 20000000 /dev/zero > /proc/1/fd/2'])
  const inspection = await docker.getContainer(containerId).inspect()
  expect(inspection.HostConfig).toMatchObject({ LogConfig: { Type: 'none' } })
  expect((inspection as unknown as { LogPath: string }).LogPath).toBe('')
  expect((await box.exec('a', ['echo', 'well'])).stdout).toBe('well\n')
})

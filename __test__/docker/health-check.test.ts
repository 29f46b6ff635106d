import { expect, test } from 'vitest'
import { newManager, run } from '../support/manager.ts'
import { script } from '../support/scripts.ts'

const manager = newManager()

test('a running container is healthy; a paused, exited or missing one is not', async () => {
  const healthy = await run(manager)
  expect(await script('sandbox/health-check.sh', healthy)).toEqual({ code: 0, output: `${healthy}: healthy\n` })

  await manager.pauseContainer(healthy)
  expect(await script('sandbox/health-check.sh', healthy)).toEqual({ code: 1, output: `unhealthy: ${healthy} is paused\n` })
  await manager.unpauseContainer(healthy)
  await manager.killContainer(healthy)
  await manager.wait(healthy)
  expect(await script('sandbox/health-check.sh', healthy)).toEqual({ code: 1, output: `unhealthy: ${healthy} is exited\n` })
  expect(await script('sandbox/health-check.sh', 'no-such-container')).toMatchObject({ code: 1, output: expect.stringContaining('unhealthy: no-such-container') })
  expect(await script('sandbox/health-check.sh', '--wrong')).toMatchObject({ code: 2 })
})

test('one unhealthy container among several makes the check fail', async () => {
  const healthy = await run(manager)
  const { code, output } = await script('sandbox/health-check.sh', healthy, 'no-such-container')
  expect([code, output]).toEqual([1, expect.stringMatching(new RegExp(`^${healthy}: healthy\nunhealthy: no-such-container`))])
})

test('exhausted processes are detected', async () => {
  const full = await run(manager, { resourceLimits: { pids: 40 }, command: 'for i in $(seq 37); do sleep 300 & done; wait', init: false })
  await expect.poll(async () => (await manager.getContainerStats(full)).pids.used).toBeGreaterThan(37)
  const { code, output } = await script('sandbox/health-check.sh', full)
  expect([code, output]).toEqual([1, expect.stringMatching(/^unhealthy: \w+: processes: \d+ of 40 in use$/m)])
})

test('exhausted memory is detected, and page cache does not count', async () => {
  const config = { resourceLimits: { memory: '96m' }, user: '0', command: ['sleep', '300'] }
  const cached = await run(manager, { ...config })
  await manager.exec(cached, 'head -c 150000000 /dev/zero > /var/tmp/file; cat /var/tmp/file > /dev/null; chmod 777 /workspace')
  expect(await script('sandbox/health-check.sh', cached)).toMatchObject({ code: 0 })

  const full = await run(manager, { ...config, command: ['python3', '-c', 'import time; x = b"x" * (88 << 20); time.sleep(300)'] })
  await expect.poll(async () => (await script('sandbox/health-check.sh', full)).output, { timeout: 20_000 }).toMatch(/^unhealthy: .*memory: \d+ of 100663296 in use/)
})

test('a workspace that is not writable is detected', async () => {
  const closed = await run(manager, { security: { readOnly: true } })
  expect(await script('sandbox/health-check.sh', closed)).toMatchObject({ code: 1, output: expect.stringContaining('/workspace is not writable') })
})

test('the image contains the health check', async () => {
  const id = await run(manager)
  const { exitCode, stdout } = await manager.exec(id, ['/usr/local/lib/sandbox/health-check.sh'])
  expect([exitCode, stdout]).toEqual([0, 'healthy\n'])
})

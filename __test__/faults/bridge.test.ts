import { expect, test } from 'vitest'
import { docker, processes } from '../support/docker.ts'
import { engineOverTcp } from '../support/engine-over-tcp.ts'
import { rejection } from '../support/errors.ts'
import { startCommand } from '../support/running.ts'
import { newDataDir, newSandboxes, open } from '../support/sandboxes.ts'

/** Host process ids of a container's bridges. */
async function bridges(containerId: string): Promise<number[]> {
  const { Processes } = await docker.getContainer(containerId).top({ ps_args: '-eo pid,args' })
  return Processes.filter(([, args]) => args?.endsWith('bridge')).map(([pid]) => Number(pid))
}

test('a sandbox on a remote engine is reached over a bridge', async () => {
  const box = newSandboxes({ engine: await engineOverTcp() })
  const { containerId } = await box.getOrCreate('far')
  await box.writeFile('far', 'a.bin', Buffer.alloc(3_000_000, 'x'))
  expect((await box.exec('far', 'cat; wc -c < a.bin', { stdin: 'in\n' })).stdout).toBe('in\n3000000\n')
  expect(await bridges(containerId)).toHaveLength(1)
})

test('killing a bridge ends its commands, and the next call works', async () => {
  const box = newSandboxes({ engine: await engineOverTcp() })
  const { containerId } = await box.getOrCreate('bridge')
  const { result } = await startCommand(box, 'bridge', 'echo partial; sleep 60')
  const [bridge] = await bridges(containerId)
  process.kill(Number(bridge), 'SIGKILL')
  const error = await rejection(result, 'SANDBOX_LOST')
  expect(error.details).toMatchObject({ stdout: 'partial\n' })
  await expect.poll(() => processes(containerId), { timeout: 5000 }).toEqual([])
  expect((await box.exec('bridge', 'echo again')).stdout).toBe('again\n')
})

test.runIf(process.getuid?.() === 0)('root needs no bridge on the engine’s machine', async () => {
  const box = newSandboxes()
  const { containerId } = await box.getOrCreate('near')
  expect((await box.exec('near', 'echo here')).stdout).toBe('here\n')
  expect(await bridges(containerId)).toEqual([])
})

test('links over a bridge and over the socket can serve one sandbox at the same time', async () => {
  const dataDir = newDataDir()
  const near = open(dataDir)
  const far = open(dataDir, { engine: await engineOverTcp() })
  await near.writeFile('shared', 'a', 'near')
  const { containerId } = await near.getOrCreate('shared')
  expect((await far.getOrCreate('shared')).containerId).toBe(containerId)
  expect(await far.readFile('shared', 'a')).toBe('near')
  const both = await Promise.all([near, far].map((box) => box.exec('shared', 'sleep 0.2; echo done')))
  expect(both.map(({ stdout }) => stdout)).toEqual(['done\n', 'done\n'])
})

test('a command can neither reach nor replace the socket', async () => {
  const box = newSandboxes()
  const tries = 'ls /run/cofferdam; mv /run/cofferdam /run/mine; rm -rf /run/cofferdam; umount /run/cofferdam; ls -d /proc/1/root/run/cofferdam/agent.sock'
  const { stdout, stderr } = await box.exec('near', tries)
  expect(stdout).toBe('')
  expect(stderr.trim().split('\n')).toHaveLength(5)
  expect((await box.exec('near', 'echo again')).stdout).toBe('again\n')
})

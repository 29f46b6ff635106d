import { readFileSync, readlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { startCommand } from '../support/running.ts'
import { newSandboxes } from '../support/sandboxes.ts'
import { posture } from '../support/posture.ts'

// To change a golden file on purpose: npx vitest run __test__/security/posture.test.ts --update

const PROBE = readFileSync(new URL('../fixtures/posture.py', import.meta.url), 'utf8')
const NAMESPACES = ['pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup', 'user']

const box = newSandboxes()

test('what a command is, sees and may do is exactly what is written down', async () => {
  const { containerId } = await box.getOrCreate('a')
  const host = Object.fromEntries(NAMESPACES.map((name) => [name, readlinkSync(`/proc/self/ns/${name}`)]))
  const { result } = await startCommand(box, 'a', ['python3', '-', JSON.stringify(host)], { stdin: PROBE, timeout: 60_000 })
  // Its end leaves a child that waits for the next command.
  await box.exec('a', ['true'])
  const { stdout, stderr, exitCode } = await result
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  await expect(stdout).toMatchFileSnapshot('posture.golden.txt')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})

test('what the engine is asked for is exactly what is written down', async () => {
  const { containerId } = await box.getOrCreate('a')
  const inspection = await docker.getContainer(containerId).inspect()
  await expect(`${JSON.stringify(posture(inspection), null, 2)}\n`).toMatchFileSnapshot('HostConfig.golden.json')
})

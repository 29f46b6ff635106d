import { readFileSync, readlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { engineOverTcp } from '../support/engine-over-tcp.ts'
import { startCommand } from '../support/running.ts'
import { newDataDir, newSandboxes, open } from '../support/sandboxes.ts'
import { posture } from '../support/posture.ts'

// To change a golden file on purpose: npx vitest run __test__/security/posture.test.ts --update

const PROBE = readFileSync(new URL('../fixtures/posture.py', import.meta.url), 'utf8')
const NAMESPACES = ['pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup', 'user']

const PROFILES = ['conversation', 'session', 'task'] as const

test.each(PROFILES)('what a command of the profile %s is, sees and may do is exactly what is written down', async (profile) => {
  const dataDir = newDataDir()
  const box = open(dataDir, { profile })
  const { containerId } = await box.getOrCreate('a')
  // A bridge, for the probe to meddle with.
  await open(dataDir, { profile, engine: await engineOverTcp() }).getOrCreate('a')
  const host = Object.fromEntries(NAMESPACES.map((name) => [name, readlinkSync(`/proc/self/ns/${name}`)]))
  const { result } = await startCommand(box, 'a', ['python3', '-', JSON.stringify(host)], { stdin: PROBE, timeout: 60_000 })
  // Its end leaves a child that waits for the next command.
  await box.exec('a', ['true'])
  const { stdout, stderr, exitCode } = await result
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  await expect(stdout).toMatchFileSnapshot(`${profile}.posture.golden.txt`)
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})

test.each(PROFILES)('what the engine is asked for with the profile %s is exactly what is written down', async (profile) => {
  const { containerId } = await newSandboxes({ profile }).getOrCreate('a')
  const inspection = await docker.getContainer(containerId).inspect()
  await expect(`${JSON.stringify(posture(inspection), null, 2)}\n`).toMatchFileSnapshot(`${profile}.HostConfig.golden.json`)
})

import { readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { engineOverTcp } from '../support/engine-over-tcp.ts'
import { startCommand } from '../support/running.ts'
import { newDataDir, newSandboxes, open } from '../support/sandboxes.ts'
import { posture } from '../support/posture.ts'

// To update the golden files on purpose: npx vitest run __test__/security/posture.test.ts --update

/** A Python package. */
const PROBE = fileURLToPath(new URL('../fixtures/posture', import.meta.url))
const NAMESPACES = ['pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup', 'user']

const PROFILES = ['conversation', 'session', 'task'] as const

test.each(PROFILES)('with the profile %s, what a command is, sees and may do matches the golden file', async (profile) => {
  const dataDir = newDataDir()
  const box = open(dataDir, { profile })
  const { containerId } = await box.getOrCreate('a')
  // Start a bridge for the probe to tamper with.
  await open(dataDir, { profile, engine: await engineOverTcp() }).getOrCreate('a')
  const host = Object.fromEntries(NAMESPACES.map((name) => [name, readlinkSync(`/proc/self/ns/${name}`)]))
  await box.upload('a', PROBE, 'posture')
  const { result } = await startCommand(box, 'a', ['python3', '-B', '-m', 'posture'], { stdin: JSON.stringify(host), timeout: 60_000 })
  // This command leaves a child waiting for the next one.
  await box.exec('a', ['true'])
  const { stdout, stderr, exitCode } = await result
  expect(stderr).toBe('')
  expect(exitCode).toBe(0)
  await expect(stdout).toMatchFileSnapshot(`${profile}.posture.golden.txt`)
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
})

test.each(PROFILES)('with the profile %s, the container’s settings match the golden file', async (profile) => {
  const { containerId } = await newSandboxes({ profile }).getOrCreate('a')
  const inspection = await docker.getContainer(containerId).inspect()
  await expect(`${JSON.stringify(posture(inspection), null, 2)}\n`).toMatchFileSnapshot(`${profile}.HostConfig.golden.json`)
})

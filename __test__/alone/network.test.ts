import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { cleanUp, newDataDir, newSandboxes, open } from '../support/sandboxes.ts'

/** The networks of sandboxes. */
const networks = () => docker.listNetworks({ filters: { label: ['cofferdam.network'] } })

/** Removes all networks of sandboxes. */
async function removeNetworks(): Promise<void> {
  for (const { Id } of await networks()) await docker.getNetwork(Id).remove()
}

beforeEach(async ({ skip }) => {
  for (const { Id } of await networks()) {
    const { Containers } = await docker.getNetwork(Id).inspect()
    skip(Object.keys(Containers ?? {}).length > 0, 'sandboxes of another program run on this engine')
  }
  // After the sandboxes: networks left behind would break other tests.
  cleanUp(removeNetworks)
})

test('a stopped sandbox whose network was removed starts on a new one', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  await box.exec('a', 'echo installed > ~/file')
  const { containerId } = await box.getOrCreate('a')
  await box.stop('a')
  const old = (await networks()).map(({ Id }) => Id)
  await removeNetworks()
  const { stdout } = await box.exec('a', "cat ~/file; awk '$2 == \"00000000\" { print $1 }' /proc/net/route")
  expect(stdout).toBe('installed\neth0\n')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
  expect(old).not.toContain((await networks())[0]?.Id)
})

test.each([1, 2, 3, 4, 5])('several owners create their sandboxes at once when no network exists (round %i)', async () => {
  const owners = Array.from({ length: 4 }, () => newSandboxes())
  await removeNetworks()
  await Promise.all(owners.map((owner) => owner.getOrCreate('a')))
  // Several networks may exist now; all of them must work.
  await Promise.all(owners.map((owner) => owner.stop('a')))
  const results = await Promise.all(owners.map((owner) => owner.exec('a', 'ls /sys/class/net')))
  expect(results.map(({ stdout }) => stdout)).toEqual(owners.map(() => 'eth0\nlo\n'))
})

test('sandboxes on two networks work side by side', async () => {
  const box = newSandboxes()
  await box.getOrCreate('before')
  await box.stop('before')
  const [{ Id } = { Id: '' }] = await networks()
  const { Driver, Options, Labels } = await docker.getNetwork(Id).inspect()
  // Two owners that create the network at the same moment end up with two. Each gives its interface a random name.
  const bridge = `coffer-d${randomBytes(4).toString('hex').slice(1)}`
  await docker.createNetwork({ Name: `cofferdam-twin-${process.pid}`, Driver, Options: { ...Options, 'com.docker.network.bridge.name': bridge }, Labels })
  expect((await box.exec('after', 'echo alive')).stdout).toBe('alive\n')
  expect((await box.exec('before', 'echo alive')).stdout).toBe('alive\n')
})

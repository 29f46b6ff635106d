import { beforeEach, expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { cleanUp, newDataDir, newSandboxes, open } from '../support/sandboxes.ts'

const NAME = 'cofferdam'

/** The sandboxes' networks: of one name there can be several. */
const networks = () => docker.listNetworks({ filters: { name: [`^${NAME}$`] } })

/** Removes them. */
async function removeNetworks(): Promise<void> {
  for (const { Id } of await networks()) await docker.getNetwork(Id).remove()
}

beforeEach(async ({ skip }) => {
  const inUse = (await networks()).length > 0 && Object.keys((await docker.getNetwork(NAME).inspect()).Containers ?? {}).length > 0
  skip(inUse, 'sandboxes of somebody else run on this engine')
})

test('a stopped sandbox whose network was removed starts on a new one', async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  await box.exec('a', 'echo installed > ~/file')
  const { containerId } = await box.getOrCreate('a')
  await box.stop('a')
  const { Id: old } = await docker.getNetwork(NAME).inspect()
  await docker.getNetwork(NAME).remove()
  const { stdout } = await box.exec('a', "cat ~/file; awk '$2 == \"00000000\" { print $1 }' /proc/net/route")
  expect(stdout).toBe('installed\neth0\n')
  expect((await box.getOrCreate('a')).containerId).toBe(containerId)
  expect((await docker.getNetwork(NAME).inspect()).Id).not.toBe(old)
})

test.each(Array.from({ length: 5 }, (_, round) => round + 1))('sandboxes that are made at once by several owners make one network (round %i)', async () => {
  // After the sandboxes: else all other tests would suffer from what goes wrong here.
  cleanUp(async () => {
    if ((await networks()).length > 1) await removeNetworks()
  })
  const owners = Array.from({ length: 4 }, () => newSandboxes())
  await removeNetworks()
  await Promise.all(owners.map((owner) => owner.getOrCreate('a')))
  expect(await networks()).toHaveLength(1)
  await Promise.all(owners.map((owner) => owner.remove('a')))
})

test('where there are two networks of one name, sandboxes work', async () => {
  cleanUp(removeNetworks)
  const box = newSandboxes()
  await box.getOrCreate('before')
  await box.stop('before')
  const [{ Id } = { Id: '' }] = await networks()
  const { Driver, Options, Labels } = await docker.getNetwork(Id).inspect()
  // As two owners may leave them on an engine that allows it.
  await docker.createNetwork({ Name: NAME, Driver, Options, Labels, CheckDuplicate: false }).catch(() => {})
  expect((await box.exec('after', 'echo alive')).stdout).toBe('alive\n')
  expect((await box.exec('before', 'echo alive')).stdout).toBe('alive\n')
})

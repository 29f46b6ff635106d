import { expect, test } from 'vitest'
import { agentVolume, buildOf, inVolume, newBuild } from '../support/agent.ts'
import { docker } from '../support/docker.ts'
import { newDataDir } from '../support/sandboxes.ts'
import { inOtherProcess, type Outcome, type Step } from '../support/steps.ts'

/** A process with a build of the agent of its own, whose volume is nobody else's. */
async function withOwnVolume() {
  const agent = await newBuild()
  const dataDir = newDataDir()
  const run = (steps: Step[], directory = dataDir): Promise<Outcome[]> => inOtherProcess({ dataDir: directory }, steps, { env: { COFFERDAM_AGENT: agent } })
  const [made] = await run([['getOrCreate', 'first'], ['exec', 'first', 'echo installed > ~/file'], ['stop', 'first']])
  const volume = await agentVolume(made?.value.containerId)
  expect(volume).toBe(`cofferdam-agent-${buildOf(agent)}`)
  return { run, volume, containerId: made?.value.containerId as string }
}

/** What a volume holds that is whole. */
const WHOLE = 'agent\ncomplete\n'

const DAMAGES: [string, string][] = [
  ['emptied', 'rm -r /volume/*'],
  ['filled in part', 'truncate -s 100000 /volume/agent; rm /volume/complete'],
]

test.each(DAMAGES)('an agent’s volume that was %s is filled again for a new sandbox', async (_, damage) => {
  const { run, volume } = await withOwnVolume()
  await inVolume(volume, damage)
  const [result] = await run([['exec', 'second', 'echo alive'], ['remove', 'second']])
  expect(result).toMatchObject({ value: { stdout: 'alive\n' } })
  expect((await inVolume(volume, 'ls /volume')).toString()).toBe(WHOLE)
})

test.each(DAMAGES)('an agent’s volume that was %s is filled again for a sandbox that was stopped', async (_, damage) => {
  const { run, volume, containerId } = await withOwnVolume()
  await inVolume(volume, damage)
  const [result, box] = await run([['exec', 'first', 'cat ~/file'], ['getOrCreate', 'first']])
  expect(result).toMatchObject({ value: { stdout: 'installed\n' } })
  expect(box?.value.containerId).toBe(containerId)
})

test('an agent’s volume that was emptied is filled again for several processes at once', async () => {
  const { run, volume } = await withOwnVolume()
  await inVolume(volume, 'rm -r /volume/*')
  const results = await Promise.all([1, 2, 3].map(() => run([['exec', 'other', 'echo alive'], ['remove', 'other']], newDataDir())))
  for (const [result] of results) expect(result).toMatchObject({ value: { stdout: 'alive\n' } })
}, 120_000)

test('an agent’s volume that was removed is made again', async () => {
  const { run, volume } = await withOwnVolume()
  await run([['remove', 'first']])
  await docker.getVolume(volume).remove()
  const [result] = await run([['exec', 'first', 'echo alive'], ['remove', 'first']])
  expect(result).toMatchObject({ value: { stdout: 'alive\n' } })
})

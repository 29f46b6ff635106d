import { expect, test } from 'vitest'
import { agentVolume, buildOf, inVolume, newBuild } from '../support/agent.ts'
import { docker } from '../support/docker.ts'
import { newDataDir } from '../support/sandboxes.ts'
import { inOtherProcess, type Outcome, type Step } from '../support/steps.ts'

/** Runs steps with a unique build of the agent, whose volume no other test uses. */
async function withOwnVolume() {
  const agent = await newBuild()
  const dataDir = newDataDir()
  const run = (steps: Step[], directory = dataDir): Promise<Outcome[]> => inOtherProcess({ dataDir: directory }, steps, { env: { COFFERDAM_AGENT: agent } })
  const [made] = await run([['getOrCreate', 'first'], ['exec', 'first', 'echo installed > ~/file'], ['stop', 'first']])
  const volume = await agentVolume(made?.value.containerId)
  expect(volume).toBe(`cofferdam-agent-${buildOf(agent)}`)
  return { run, volume, containerId: made?.value.containerId as string }
}

/** The contents of an intact volume. */
const WHOLE = 'agent\ncomplete\n'

const DAMAGES: [string, string][] = [
  ['emptied', 'rm -r /volume/*'],
  ['partly filled', 'truncate -s 100000 /volume/agent; rm /volume/complete'],
]

test.each(DAMAGES)('an agent’s volume that was %s is refilled for a new sandbox', async (_, damage) => {
  const { run, volume } = await withOwnVolume()
  await inVolume(volume, damage)
  const [result] = await run([['exec', 'second', 'echo alive'], ['remove', 'second']])
  expect(result).toMatchObject({ value: { stdout: 'alive\n' } })
  expect((await inVolume(volume, 'ls /volume')).toString()).toBe(WHOLE)
})

test.each(DAMAGES)('an agent’s volume that was %s is refilled for a stopped sandbox', async (_, damage) => {
  const { run, volume, containerId } = await withOwnVolume()
  await inVolume(volume, damage)
  const [result, box] = await run([['exec', 'first', 'cat ~/file'], ['getOrCreate', 'first']])
  expect(result).toMatchObject({ value: { stdout: 'installed\n' } })
  expect(box?.value.containerId).toBe(containerId)
})

test('an emptied agent’s volume is refilled for several processes at once', async () => {
  const { run, volume } = await withOwnVolume()
  await inVolume(volume, 'rm -r /volume/*')
  const results = await Promise.all([1, 2, 3].map(() => run([['exec', 'other', 'echo alive'], ['remove', 'other']], newDataDir())))
  for (const [result] of results) expect(result).toMatchObject({ value: { stdout: 'alive\n' } })
}, 120_000)

test('a removed agent’s volume is created again', async () => {
  const { run, volume } = await withOwnVolume()
  await run([['remove', 'first']])
  await docker.getVolume(volume).remove()
  const [result] = await run([['exec', 'first', 'echo alive'], ['remove', 'first']])
  expect(result).toMatchObject({ value: { stdout: 'alive\n' } })
})

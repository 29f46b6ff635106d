import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startNode } from '../support/node.ts'
import { newDataDir, open } from '../support/sandboxes.ts'

/** How many processes are killed, each at a random moment. COFFERDAM_TEST_KILLS overrides it. */
const ROUNDS = Number(process.env.COFFERDAM_TEST_KILLS ?? 8)
const COUNT = 8
const ID = 'a'

test('detached processes survive the end of every process that used them, and lose no byte', { timeout: 60_000 + ROUNDS * 10_000 }, async () => {
  const dataDir = newDataDir()
  const box = open(dataDir)
  await box.exec(ID, 'true')
  for (let round = 0; round < ROUNDS; round++) {
    const node = startNode('processes-for-ever.js', { dataDir, id: ID, count: COUNT })
    await node.wrote('RUNS')
    await sleep(Math.random() * 800)
    node.child.kill('SIGKILL')
    await node.exit
  }
  // The last one may have been killed before it had started all.
  const last = startNode('processes-for-ever.js', { dataDir, id: ID, count: COUNT })
  const counters = async () => (await box.processes(ID)).filter(({ detached }) => detached)
  await expect.poll(async () => (await counters()).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(COUNT)
  last.child.kill('SIGKILL')
  await box.writeFile(ID, 'stop', '')
  for (const { id } of await counters()) {
    const handle = await box.attach(ID, id)
    let output = ''
    for await (const { stream, data, gap } of handle.output()) {
      expect([stream, gap]).toEqual(['stdout', undefined])
      output += data
    }
    const lines = output.split('\n')
    expect(lines.slice(-2)).toEqual(['end', ''])
    expect(lines.slice(0, -2)).toEqual(Array.from({ length: lines.length - 2 }, (_, index) => `${index + 1}`))
    expect(await handle.wait()).toMatchObject({ exitCode: 0 })
  }
})

import { expect, test } from 'vitest'
import { docker } from '../support/docker.ts'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes()

const FAULTS: [string, (containerId: string) => Promise<void>, 'same' | 'new'][] = [
  ['stopped', (id) => docker.getContainer(id).stop({ t: 1 }), 'same'],
  ['killed', (id) => docker.getContainer(id).kill(), 'same'],
  ['removed', (id) => docker.getContainer(id).remove({ force: true }), 'new'],
  ['paused', (id) => docker.getContainer(id).pause(), 'same'],
  ['restarted', async (id) => {
    await docker.getContainer(id).stop({ t: 1 })
    await docker.getContainer(id).start()
  }, 'same'],
]

const CALLS: [string, (id: string) => Promise<unknown>, unknown][] = [
  ['exec', async (id) => (await box.exec(id, 'cat file')).stdout, 'kept'],
  ['readFile', (id) => box.readFile(id, 'file'), 'kept'],
  ['writeFile', (id) => box.writeFile(id, 'other', 'x'), undefined],
  ['getOrCreate', async (id) => (await box.getOrCreate(id)).id, undefined],
]

test.each(FAULTS.flatMap(([fault, strike, container]) => CALLS.map(([name, call, value]) => ({ fault, strike, container, name, call, value }))))(
  'after an idle sandbox was $fault, $name works at once',
  async ({ fault, strike, container, name, call, value }) => {
    const id = `${fault}-${name}`
    await box.writeFile(id, 'file', 'kept')
    const { containerId } = await box.getOrCreate(id)
    await strike(containerId)
    expect(await call(id)).toBe(value ?? (name === 'getOrCreate' ? id : undefined))
    const { stdout } = await box.exec(id, 'cat file')
    expect(stdout).toBe('kept')
    expect((await box.getOrCreate(id)).containerId === containerId).toBe(container === 'same')
    await box.remove(id)
  },
)

test('many calls at once after a fault all work', async () => {
  const { containerId } = await box.getOrCreate('many')
  await docker.getContainer(containerId).remove({ force: true })
  const results = await Promise.all(Array.from({ length: 30 }, (_, number) => box.exec('many', ['echo', String(number)])))
  expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 30 }, (_, number) => number))
})

import { expect, test } from 'vitest'
import { newSandboxes } from '../support/sandboxes.ts'

const box = newSandboxes({ cpus: 2 })

const SIZE = 400_000

test('50 concurrent writes never mix: readers see one complete version', async () => {
  await box.writeFile('a', 'shared', 'A'.repeat(SIZE))
  let writing = true
  const seen = new Set<string>()
  const read = async () => {
    while (writing) {
      const content = await box.readFile('a', 'shared')
      seen.add(content.length === SIZE && content === content.charAt(0).repeat(SIZE) ? 'whole' : `mixed: ${content.length}`)
    }
  }
  const readers = Array.from({ length: 4 }, read)
  const inside = box.exec('a', ['python3', '-c', `
import time
end = time.time() + 2
while time.time() < end:
    b = open('shared', 'rb').read()
    assert len(b) == ${SIZE} and len(set(b)) == 1, (len(b), set(b))`])
  await Promise.all(
    Array.from({ length: 50 }, (_, number) => box.writeFile('a', 'shared', String.fromCharCode(66 + (number % 24)).repeat(SIZE))),
  )
  writing = false
  await Promise.all(readers)
  expect([...seen]).toEqual(['whole'])
  expect(await inside).toMatchObject({ exitCode: 0, stderr: '' })
})

test('a write whose directory vanishes fails or succeeds without breaking the link to the agent', async () => {
  for (let round = 0; round < 20; round++) {
    const write = box.writeFile('a', 'fleeting/file', 'x'.repeat(300_000)).then(
      () => 'written',
      (error: Error & { code: string }) => error.code,
    )
    await box.exec('a', 'rm -rf fleeting')
    expect(['written', 'FILE_ERROR']).toContain(await write)
  }
})
